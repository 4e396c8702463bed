import { expect, test } from 'vitest';
import { firstBuildCommand } from '../../src/main/first-build.js';

const URL = 'http://127.0.0.1:7777';
const told = (file: string): string => `KILN_API_URL=${URL} KILN_TOKEN_FILE=${file} npx kiln build DIR`;

test.each([
  ['where the CLI finds it by itself', '/home/eve/app', '/home/eve/app/.kiln', 'npx kiln build DIR'],
  ['further down', '/home/eve/app/src', '/home/eve/app/.kiln', 'npx kiln build DIR'],
  ['beside it', '/home/eve/other', '/home/eve/app/.kiln', told('/home/eve/app/.kiln/secrets/api-token')],
  ['of another name', '/home/eve', '/home/eve/state', told('/home/eve/state/secrets/api-token')],
  [
    'with a space',
    '/home/eve',
    "/home/eve/it's here",
    told(String.raw`'/home/eve/it'\''s here/secrets/api-token'`),
  ],
])('the first build is asked for %s', (_where, cwd, stateFolder, command) => {
  expect(firstBuildCommand(cwd, stateFolder, URL)).toBe(command);
});
