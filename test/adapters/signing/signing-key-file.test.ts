import { chmod, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cryptography } from '../../../src/adapters/signing/cryptography.js';
import {
  ensureSigningKey,
  readSigningKey,
  replaceSigningKey,
} from '../../../src/adapters/signing/signing-key-file.js';

async function aFile(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'kiln-signing-')), 'secrets', 'signing-key.pem');
}

test('a key is made once, for its owner alone', async () => {
  const file = await aFile();
  await ensureSigningKey(file);
  const before = await readFile(file, 'utf8');
  await ensureSigningKey(file);
  expect(await readFile(file, 'utf8')).toBe(before);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(file, '..'))).toEqual(['signing-key.pem']);
});

test('what it signs its public key verifies, and no other', async () => {
  const [one, other] = [await aFile(), await aFile()];
  await ensureSigningKey(one);
  await ensureSigningKey(other);
  const signer = await readSigningKey(one);
  const message = Buffer.from('a statement');
  const signature = signer.sign(message);
  expect(cryptography.verify(signer.publicKey, message, signature)).toBe(true);
  expect(cryptography.verify(signer.publicKey, Buffer.from('another'), signature)).toBe(false);
  expect(cryptography.verify((await readSigningKey(other)).publicKey, message, signature)).toBe(false);
  expect(cryptography.verify('no key', message, signature)).toBe(false);
});

test('a key is replaced by a new one, with the rights that it had', async () => {
  const file = await aFile();
  await ensureSigningKey(file);
  const before = await readSigningKey(file);
  const after = await replaceSigningKey(file);
  expect(after.keyId).not.toBe(before.keyId);
  expect((await readSigningKey(file)).keyId).toBe(after.keyId);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a key that others may read is refused, with what to do', async () => {
  const file = await aFile();
  await ensureSigningKey(file);
  await chmod(file, 0o644);
  await expect(readSigningKey(file)).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('chmod 600'),
  });
});

test.each([
  ['no key', 'nothing'],
  [
    'a key of another kind',
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ],
])('%s is refused and never shown', async (_what, text) => {
  const file = await aFile();
  await ensureSigningKey(file);
  await writeFile(file, text);
  const refusal = readSigningKey(file);
  await expect(refusal).rejects.toMatchObject({ code: 'config_invalid' });
  await expect(refusal).rejects.not.toMatchObject({ message: expect.stringContaining(text) });
});
