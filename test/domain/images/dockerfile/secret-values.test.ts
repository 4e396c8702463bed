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
  ['RUN API_KEY=tok-98765 make', []],
  ['LABEL token=tok-98765', []],
])('%j gives the secret values %j', (line, found) => {
  expect(secretsInDockerfile(`FROM busybox\n${line}\n`)).toEqual(found);
});
