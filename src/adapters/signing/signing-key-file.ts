import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import type { Signer } from '../../ports/attestations.js';

/** Reads the key of the file. config_invalid when it is missing, no key of P-256, or open to other users of the machine. */
export async function readSigningKey(file: string): Promise<Signer> {
  const { mode } = await stat(file).catch((cause: unknown) => {
    throw invalid(
      `The signing key ${file} cannot be read (${(cause as { code?: string }).code ?? 'unknown'}).`,
    );
  });
  if ((mode & 0o027) !== 0) {
    const shown = (mode & 0o777).toString(8);
    throw invalid(`The signing key ${file} is open to other users (mode ${shown}): chmod 600 it.`);
  }
  return signerOf(privateKeyIn(await readFile(file, 'utf8'), file));
}

/** Makes a key where there is none. */
export async function ensureSigningKey(file: string): Promise<void> {
  if ((await stat(file).catch(() => null)) !== null) return;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeKey(file);
}

/** Puts a new key in the place of the old one, which is gone then; its public half stays in the database. Gives the new one. */
export async function replaceSigningKey(file: string): Promise<Signer> {
  await readSigningKey(file);
  await writeKey(file);
  return readSigningKey(file);
}

/** Replaces the file at once and durably; it stays with its owner. */
async function writeKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const before = await stat(file).catch(() => null);
  const partial = `${file}.${process.pid}.new`;
  try {
    const handle = await open(partial, 'wx', 0o600);
    try {
      await handle.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (before !== null) {
      await chmod(partial, before.mode & 0o777);
      if (process.getuid?.() === 0) await chown(partial, before.uid, before.gid);
    }
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
  const folder = await open(dirname(file));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function privateKeyIn(text: string, file: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    throw invalid(`The signing key ${file} is no private key in PEM.`);
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw invalid(`The signing key ${file} is no key of the curve P-256.`);
  return key;
}

function signerOf(privateKey: KeyObject): Signer {
  const publicKey = createPublicKey(privateKey);
  return {
    keyId: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (message) => sign('sha256', message, privateKey),
  };
}

function invalid(message: string): KilnError {
  return new KilnError('config_invalid', { message });
}
