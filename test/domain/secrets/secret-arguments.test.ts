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
  'NPMTOKEN',
  'DBPASSWORD',
  'APIKEY',
  'apikey',
  'AUTHTOKEN',
  'CLIENTSECRET',
  'MYSQLPWD',
  'DBPASS',
  'SSHKEY',
  'TOKEN2',
  'GITHUB_TOKEN_2',
  'NPMTOKEN_PROD',
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
  'TOKENIZER',
  'TOKENIZER_PATH',
  'PASSENGER',
  'PASSENGER_VERSION',
  'KEYBOARD',
  'KEYBOARD_LAYOUT',
  'DONKEY',
  'HOTKEY',
  'TURNKEY_URL',
  'SECRETARY',
  'OLDPWD',
  'BYPASS',
  'TRESPASS_LEVEL',
  'PATTERN',
  'MAXTOKENS',
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

test('a password in an address is secret under any name, as it is written and decoded', () => {
  const args = {
    DATABASE_URL: 'postgres://kiln:p%40ss-98765@db:5432/app',
    MIRRORS: 'https://u:first-98765@a/ and https://:second-98765@b/x',
    PLAIN: 'https://example.com/a:b-98765@c',
    LEFT_OPEN: 'amqp://guest:guest@mq',
    REDIS_TOKEN: 'redis://:third-98765@cache',
  };
  expect(secretArguments({ build_args: args }).map(({ name, value }) => [name, value])).toEqual([
    ['DATABASE_URL', 'p%40ss-98765'],
    ['DATABASE_URL', 'p@ss-98765'],
    ['MIRRORS', 'first-98765'],
    ['MIRRORS', 'second-98765'],
    ['REDIS_TOKEN', args.REDIS_TOKEN],
    ['REDIS_TOKEN', 'third-98765'],
  ]);
  expect(secretArgumentWarnings({ build_args: args }).map(({ message }) => message.split(' ')[3])).toEqual([
    'DATABASE_URL',
    'MIRRORS',
    'REDIS_TOKEN',
  ]);
});
