import { expect, test } from 'vitest';
import {
  namesSecret,
  secretArguments,
  secretArgumentWarnings,
} from '../../../src/domain/secrets/secret-arguments.js';
import { METHODS } from '../../../src/engines/methods.js';

const PLANTED = 'planted-canary-2342';

test.each([
  'TOKEN',
  'NPM_TOKEN',
  'dbPassword',
  'db-passwd',
  'api.key',
  'API_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'ApiKey',
  'CREDENTIALS',
  'KEY',
  'DB_PASS',
  'GITHUB_PAT',
  'NPM_AUTH',
  'PASSWORD_PROD',
  'PGPASSWORD',
  'MYSQL_PWD',
  'SIGNING_KEY',
  'PIN_TOKEN',
  'DB_PWORD',
  'TOKEN_URL',
])('the name %s says that its value is secret', (name) => expect(namesSecret(name)).toBe(true));

test.each([
  'VERSION',
  'MONKEY',
  'PATH',
  'COMPASS',
  'PATCH',
  'TOKENS_PER_S',
  'PUBLIC_API_KEY',
  'signing_public_key',
  'AUTHOR',
  'COMPASSWORD',
])('the name %s does not', (name) => expect(namesSecret(name)).toBe(false));

const GIVEN: Readonly<Record<string, Record<string, unknown>>> = {
  buildx: { build_args: { NPM_TOKEN: PLANTED } },
  container: { build_args: { NPM_TOKEN: PLANTED } },
  kaniko: { build_args: { NPM_TOKEN: PLANTED } },
  packer: { build_args: { NPM_TOKEN: PLANTED } },
  paketo: { builder: 'registry.example.com/builder:1', environment: { NPM_TOKEN: PLANTED } },
};

test.each(Object.entries(METHODS))(
  'what is given in clear to %s is found, with what to do and without its value',
  async (method, { engine }) => {
    const options = (await engine()).parseOptions(GIVEN[method]) as Record<string, unknown>;
    expect(secretArguments(options).map(({ name, value }) => [name, value])).toEqual([
      ['NPM_TOKEN', PLANTED],
    ]);
    const [warning] = secretArgumentWarnings(options);
    expect(warning?.message).toMatch(/NPM_TOKEN looks like a secret.*kiln secrets set NAME/);
    expect(JSON.stringify(warning)).not.toContain(PLANTED);
  },
);

test('a value of five is one to hide where it has a digit, as a PIN has', () => {
  const args = { PIN_TOKEN: '12345', AUTH: 'basic', SORT_KEY: '2024' };
  expect(secretArguments({ build_args: args }).map(({ name }) => name)).toEqual(['PIN_TOKEN']);
});

test('what is too short to be masked, or no text, is passed over', () => {
  expect(secretArguments({ build_args: { TOKEN: 'on', PASSWORD: 1 }, environment: null })).toEqual([]);
});
