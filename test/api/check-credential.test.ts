import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { checkCredential } from '../../src/api/handlers/secrets/check-credential.js';
import type { CredentialKind } from '../../src/domain/secrets/credential.js';
import { gitCredentialOf, parseCredentialHost } from '../../src/domain/secrets/credential.js';

const pem = (passphrase?: string): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding:
      passphrase === undefined
        ? { type: 'pkcs8', format: 'pem' }
        : { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
  }).privateKey;
const known_hosts = 'git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==';

test('a key is kept with one final newline, and needs the keys of its host', () => {
  const key = pem();
  expect(checkCredential('git_ssh_key', { value: key.trimEnd(), known_hosts })).toEqual({
    username: null,
    knownHosts: `${known_hosts}\n`,
    value: Buffer.from(key),
  });
});

test.each<[string, CredentialKind, Parameters<typeof checkCredential>[1], string]>([
  ['a key without known_hosts', 'git_ssh_key', { value: pem() }, 'known_hosts'],
  ['known_hosts that are none', 'git_ssh_key', { value: pem(), known_hosts: 'nonsense' }, 'known_hosts'],
  ['a key with a passphrase', 'git_ssh_key', { value: pem('hush'), known_hosts }, 'value'],
  ['a text that is no key', 'git_ssh_key', { value: 'hunter2', known_hosts }, 'value'],
  ['a user beside a key', 'git_ssh_key', { value: pem(), known_hosts, username: 'git' }, 'username'],
  ['a registry without a user', 'registry', { value: 'hunter2-and-more' }, 'username'],
  ['a password of two lines', 'registry', { value: 'hunter2\nmore', username: 'me' }, 'value'],
  ['a password that cannot be masked', 'registry', { value: 'short', username: 'me' }, 'value'],
  ['known_hosts beside a token', 'git_token', { value: 'hunter2-and-more', known_hosts }, 'known_hosts'],
])('%s is refused', (_, kind, body, field) => {
  const refused = (): unknown => checkCredential(kind, body);
  expect(refused).toThrow(expect.objectContaining({ fields: [expect.objectContaining({ field })] }));
  expect(refused).not.toThrow(/hunter2/);
});

test('a key made by ssh-keygen is taken without a passphrase and refused with one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kiln-keygen-'));
  try {
    for (const [name, passphrase] of [
      ['open', ''],
      ['locked', 'hush-hush'],
    ] as const) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', join(folder, name)]);
    }
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    expect(checkCredential('git_ssh_key', { value: read('open'), known_hosts }).value.toString()).toBe(
      read('open'),
    );
    expect(() => checkCredential('git_ssh_key', { value: read('locked'), known_hosts })).toThrow();
  } catch (error) {
    // A machine without ssh-keygen tests the other kinds of keys only.
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['https://git.example.com/app.git', 'git_token', 'git.example.com'],
  ['https://git.example.com:443/app.git', 'git_token', 'git.example.com'],
  ['http://127.0.0.1:3000/app.git', 'git_token', '127.0.0.1:3000'],
  ['ssh://git@Git.Example.com/app.git', 'git_ssh_key', 'git.example.com'],
  ['ssh://git@git.example.com:2222/app.git', 'git_ssh_key', 'git.example.com:2222'],
  ['git@git.example.com:team/app.git', 'git_ssh_key', 'git.example.com'],
])('%s needs a %s of %s', (url, kind, host) => {
  expect(gitCredentialOf(url)).toEqual({ kind, host });
});

test.each([
  'https://git.example.com',
  'git example',
  'user@host',
  'host/path',
  'host:0',
  'host:99999',
  '-host',
  '',
])('%j is no host of a credential', (host) => {
  expect(() => parseCredentialHost('git_token', host)).toThrow('is not a host');
});

test('the names of one registry are one', () => {
  expect(parseCredentialHost('registry', 'index.docker.io')).toBe('docker.io');
  expect(parseCredentialHost('registry', 'REGISTRY-1.docker.io:443')).toBe('docker.io');
});
