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
  // As programs have it, and as builders print the line.
  [String.raw`ENV DB_PASSWORD=Sup\$ertOk3`, ['Sup$ertOk3', String.raw`Sup\$ertOk3`]],
  [String.raw`ENV URL="redis://:p\$sod-98765@h/0"`, ['p$sod-98765', String.raw`p\$sod-98765`]],
  [String.raw`ENV API_KEY=tok\ 98765`, ['tok 98765', String.raw`tok\ 98765`]],
  [`ENV DB_PASSWORD='tok-98765'"rest-1234"`, ['tok-98765rest-1234', `'tok-98765'"rest-1234"`]],
  [
    'ARG PART=app1\nENV APP_TOKEN=tok-98765${PART}rest-1234',
    ['tok-98765app1rest-1234', 'tok-98765', 'rest-1234'],
  ],
  ['ENV APP_TOKEN=tok-98765$OTHER', ['tok-98765']],
  ['ENV APP_TOKEN=${OTHER:-tok-98765}', ['tok-98765']],
  ['ENV APP_TOKEN tok-98765$OTHER', ['tok-98765']],
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
  ["ENV API_TOKEN=${A:-${B:-'tok-98765'}}", ['tok-98765']],
  ['RUN API_KEY=tok-98765 make', []],
  ['LABEL token=tok-98765', []],
])('%j gives the secret values %j', (line, found) => {
  expect(secretsInDockerfile(`FROM busybox\n${line}\n`)).toEqual(found);
});

test('fills in the arguments of the build', () => {
  const text = 'FROM busybox\nARG PART=app1\nENV APP_TOKEN=tok-$PART-1\n';
  expect(secretsInDockerfile(text, { PART: 'given-2' })).toContain('tok-given-2-1');
});
