import { expect, test } from 'vitest';
import { secretsToldByImage } from '../../../src/domain/secrets/told-by-image.js';

test.each([
  ['RUN |2 COLOUR=blue NPM_TOKEN=tok-98765 /bin/sh -c npm ci # buildkit', ['tok-98765']],
  ['RUN |2 NPM_TOKEN=tok 98765 COLOUR=blue /bin/sh -c make A_TOKEN=$X # buildkit', ['tok 98765']],
  ['|1 DBPASSWORD=tok-98765 /bin/sh -c make', ['tok-98765']],
  ['RUN |1 URL=https://u:tok-98765@host/path /bin/sh -c make # buildkit', ['tok-98765']],
  ['RUN |1 NPM_TOKEN=tok-98765 my-shell run # buildkit', ['tok-98765 my-shell run # buildkit', 'tok-98765']],
  ['ARG NPM_TOKEN=tok-98765', ['tok-98765']],
  ['/bin/sh -c #(nop)  ENV NPM_TOKEN=tok-98765 COLOUR=a fine blue', ['tok-98765']],
  ['RUN /bin/sh -c key=/etc/keys/debian.gpg; TOKEN=$(cat /run/secrets/x) make', []],
  ['COPY token=x /token=x # buildkit', []],
])('of the line of history %s the secret values are %s', (line, found) => {
  expect(secretsToldByImage({ envVars: [], history: [line] })).toEqual(found);
});

test('variables that look secret are found, and no others', () => {
  const envVars = [
    'PATH=/usr/bin:/bin',
    'API_KEY=tok-98765',
    'DATABASE_URL=postgres://kiln:pw-98765@db/app',
    'PIN_TOKEN=abc',
    'TOKEN',
    'NPM_TOKEN=',
  ];
  expect(secretsToldByImage({ envVars, history: [] })).toEqual(['tok-98765', 'pw-98765']);
});
