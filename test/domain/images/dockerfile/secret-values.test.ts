import { expect, test } from 'vitest';
import { secretsInDockerfile } from '../../../../src/domain/images/dockerfile/secret-values.js';

test.each([
  ['ARG NPM_TOKEN=tok-98765', ['tok-98765']],
  ['ARG COLOUR=a-fine-blue NPMTOKEN="tok 98765"', ['tok 98765']],
  ["ENV DB_PASSWORD='tok-98765' \\\n  COLOUR=a-fine-blue", ['tok-98765']],
  ['env API_KEY tok 98765', ['tok 98765']],
  ['ONBUILD ENV API_KEY=tok-98765', ['tok-98765']],
  ['ENV URL=postgres://kiln:tok-98765@$HOST/app', ['tok-98765']],
  ['ENV URL=postgres://kiln:$PASSWORD@db/app', []],
  ['ARG NPM_TOKEN', []],
  ['ARG NPM_TOKEN=', []],
  ['ENV API_KEY=$GIVEN_KEY', []],
  ['ENV COLOUR=a-fine-blue', []],
  // Before the name of an image.
  ['FROM bob:tok-98765@r.example/app:1 AS made', ['tok-98765']],
  ['FROM --platform=linux/amd64 https://bob:tok-98765@r.example/app', ['tok-98765']],
  ['FROM alpine\nCOPY --from=bob:tok%2D98765@r.example:5000/app:1 /a /b', ['tok%2D98765', 'tok-98765']],
  ['FROM alpine\nRUN --mount=type=bind,from=:tok-98765@r.example/app,target=/x true', ['tok-98765']],
  ['FROM alpine\nONBUILD COPY --from=bob:tok-98765@r.example/app /a /b', ['tok-98765']],
  ['ARG FROM_WHERE=bob:tok-98765@r.example\nFROM $FROM_WHERE/app', ['tok-98765']],
  [`FROM r.example:5000/app:1.2.3-rc1@sha256:${'a'.repeat(64)}`, []],
  [`FROM app:1.2.3-rc1@sha256:${'a'.repeat(64)}`, []],
  ['FROM ${WHO}:${PASSPHRASE}@${WHERE}/app', []],
  ['FROM $REG:stable-release@${WHERE}/app', []],
  ['FROM ${IMAGE:-bob:tok-98765@r.example/app:1}', ['tok-98765']],
  // As programs have it, and as builders print the line.
  [String.raw`ENV DB_PASSWORD=Sup\$ertOk3`, ['Sup$ertOk3', String.raw`Sup\$ertOk3`]],
  [String.raw`ENV URL="redis://:p\$sod-98765@h/0"`, ['p$sod-98765', String.raw`p\$sod-98765`]],
  [String.raw`ENV API_KEY=tok\ 98765`, ['tok 98765', String.raw`tok\ 98765`]],
  [`ENV DB_PASSWORD='tok-98765'"rest-1234"`, ['tok-98765rest-1234', `'tok-98765'"rest-1234"`]],
  [
    'ARG PART=app1\nENV APP_TOKEN=tok-98765${PART}rest-1234',
    ['tok-98765app1rest-1234', 'tok-98765${PART}rest-1234', 'tok-98765', 'rest-1234'],
  ],
  ['ENV APP_TOKEN=tok-98765$OTHER', ['tok-98765', 'tok-98765$OTHER']],
  ['ENV APP_TOKEN=${OTHER:-tok-98765}', ['tok-98765']],
  ['ENV APP_TOKEN tok-98765$OTHER', ['tok-98765', 'tok-98765$OTHER']],
  // In double quotes the escape character stands for itself.
  [String.raw`ENV PRIVATE_KEY="-----BEGIN\nMIIab12"`, [String.raw`-----BEGIN\nMIIab12`]],
  [String.raw`ENV WIN_PASSWORD="ab\bO0M5EnYr"`, [String.raw`ab\bO0M5EnYr`]],
  ['ENV API_TOKEN  U67UyDWSO6KakIr2AOPZ3==', ['U67UyDWSO6KakIr2AOPZ3==']],
  ['ENV SIGNING.KEY tok-98765', ['tok-98765']],
  [
    'ARG PART=app1\nENV DB=postgres://u:tok-98765${PART}rest-1234@h/d',
    ['tok-98765app1rest-1234', 'tok-98765', 'rest-1234'],
  ],
  [String.raw`ENV CN="Server=db;Password=q\$z-98765;Database=x"`, ['q$z-98765', String.raw`q\$z-98765`]],
  [
    'ENV CN="Server=db;Password=tok-98765${PART}rest-1234;Database=x"',
    ['tok-98765rest-1234', 'tok-98765', 'rest-1234'],
  ],
  ['ARG SET=set1\nARG API_TOKEN=${SET:-tok-98765}', ['tok-98765']],
  [String.raw`ENV API_TOKEN=${'${'}NOPE:-ab\$c-98765}`, ['ab$c-98765', String.raw`ab\$c-98765`]],
  ["ENV API_TOKEN=${A:-${B:-'tok-98765'}}", ['tok-98765', "${B:-'tok-98765'}"]],
  // Empty for BuildKit; for others a sign with what follows it. The file has all of it.
  [
    'ENV DB_PASSWORD=Sup3r$3cretPassw0rd',
    ['Sup3rcretPassw0rd', 'Sup3r$3cretPassw0rd', 'Sup3r', 'cretPassw0rd'],
  ],
  ['ENV ADMIN_PASSWORD=P@$$w0rd12345', ['P@w0rd12345', 'P@$$w0rd12345', 'w0rd12345']],
  ['ENV DB_PASSWORD=hunter2$ecretWord99', ['hunter2', 'hunter2$ecretWord99']],
  ['ENV "API_TOKEN"=tok-98765', ['tok-98765']],
  ["ARG 'TOKEN=tok-98765'", ['tok-98765']],
  ['ARG P=other12345\nENV U=postgres://u:${P:-tok-98765}@h/d', ['other12345', 'tok-98765']],
  ['ENV P=old-1\nENV P=new-1 APP_TOKEN=tok-98765${P}', ['tok-98765old-1', 'tok-98765${P}', 'tok-98765']],
  ['ENV P=env-1\nARG P=arg-1\nENV APP_TOKEN=tok-98765${P}', ['tok-98765env-1', 'tok-98765${P}', 'tok-98765']],
  ['ENV API_TOKEN=tok-98765\\\nrest-1234', ['tok-98765rest-1234', 'tok-98765', 'rest-1234']],
  ['RUN API_KEY=tok-98765 make', []],
  ['LABEL token=tok-98765', []],
])('%j gives the secret values %j', (line, found) => {
  expect(secretsInDockerfile(`FROM busybox\n${line}\n`)).toEqual(found);
});

test('fills in the arguments of the build', () => {
  for (const declared of ['ARG PART=app1', 'ARG PART']) {
    const text = `FROM busybox\n${declared}\nENV URL=postgres://u:tok-$PART-1@h\n`;
    expect(secretsInDockerfile(text, { PART: 'given-2' })).toContain('tok-given-2-1');
  }
});

test.each([
  ['many variables that do not end', 'ENV API_TOKEN='.concat('${A:-'.repeat(40_000))],
  ['variables in each other', `ENV API_TOKEN=${'${A:-'.repeat(2_000)}x${'}'.repeat(2_000)}`],
  ['many lines', `ENV ${'API_TOKEN=tok-98765\\\n'.repeat(20_000)}`],
])('reads %s in no time', (_, line) => {
  const startedMs = performance.now();
  secretsInDockerfile(`FROM busybox\n${line}\n`);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});
