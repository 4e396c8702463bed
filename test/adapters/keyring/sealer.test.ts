import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withCurrentKeyOnly, withNewKey } from '../../../src/adapters/keyring/keyring.js';
import {
  ensureKeyringFile,
  readKeyringFile,
  writeKeyringFile,
} from '../../../src/adapters/keyring/keyring-file.js';
import { createSealer } from '../../../src/adapters/keyring/sealer.js';
import type { Sealed } from '../../../src/ports/secrets.js';

const OWNER = ['secret', 'tenant', null, 'npm-token'];
const VALUE = Buffer.from('hunter2-and-more');

describe('a sealed value', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'kiln-keyring-'));
    file = path.join(folder, 'keyring.json');
    await ensureKeyringFile(file);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const rotate = async (): Promise<void> =>
    writeKeyringFile(file, withNewKey(await readKeyringFile(file), new Date()));

  it('opens again, and shows nothing of the value', async () => {
    const sealer = createSealer(file);
    const sealed = await sealer.seal(VALUE, OWNER);
    expect(Buffer.concat([sealed.ciphertext, sealed.wrappedKey]).includes(VALUE)).toBe(false);
    expect(await sealer.open(sealed, OWNER)).toEqual(VALUE);
  });

  it('is another ciphertext each time', async () => {
    const sealer = createSealer(file);
    const [one, two] = await Promise.all([sealer.seal(VALUE, OWNER), sealer.seal(VALUE, OWNER)]);
    expect(one.ciphertext.equals(two.ciphertext)).toBe(false);
  });

  it.each<[string, (sealed: Sealed) => Sealed, readonly (string | null)[]]>([
    ['for another tenant', (sealed) => sealed, ['secret', 'other', null, 'npm-token']],
    ['under another name', (sealed) => sealed, ['secret', 'tenant', null, 'npm']],
    ['in another project', (sealed) => sealed, ['secret', 'tenant', 'project', 'npm-token']],
    ['with a changed byte', (sealed) => ({ ...sealed, ciphertext: flipped(sealed.ciphertext) }), OWNER],
    ['with a changed data key', (sealed) => ({ ...sealed, wrappedKey: flipped(sealed.wrappedKey) }), OWNER],
    ['cut off', (sealed) => ({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, 8) }), OWNER],
    ['under a key that is gone', (sealed) => ({ ...sealed, keyId: 'gone' }), OWNER],
  ])('does not open %s', async (_, change, belongsTo) => {
    const sealer = createSealer(file);
    const sealed = change(await sealer.seal(VALUE, OWNER));
    await expect(sealer.open(sealed, belongsTo)).rejects.toMatchObject({ code: 'secret_unreadable' });
  });

  it('is found by a process that read the keyring before the key was made', async () => {
    const [early, late] = [createSealer(file), createSealer(file)];
    await early.seal(VALUE, OWNER);
    await rotate();
    const sealed = await late.seal(VALUE, OWNER);
    expect(await early.open(sealed, OWNER)).toEqual(VALUE);
    expect((await early.seal(VALUE, OWNER)).keyId).toBe(sealed.keyId);
  });

  it('keeps its ciphertext when its data key goes under a new master key, and then needs the old one no more', async () => {
    const sealer = createSealer(file);
    const old = await sealer.seal(VALUE, OWNER);
    await rotate();
    const rewrapped = await sealer.rewrap(old, OWNER);
    await writeKeyringFile(file, withCurrentKeyOnly(await readKeyringFile(file)));
    expect(rewrapped.ciphertext).toBe(old.ciphertext);
    const fresh = createSealer(file);
    expect(await fresh.open(rewrapped, OWNER)).toEqual(VALUE);
    await expect(fresh.open(old, OWNER)).rejects.toMatchObject({ code: 'secret_unreadable' });
  });

  it('cannot be made where there is no keyring', async () => {
    await expect(createSealer(null).seal(VALUE, OWNER)).rejects.toMatchObject({ code: 'keyring_missing' });
  });

  it('never tells a key or the value in an error', async () => {
    const sealer = createSealer(file);
    const sealed = await sealer.seal(VALUE, OWNER);
    const error = await sealer.open(sealed, []).catch((thrown: Error & { detail?: string }) => thrown);
    const told = `${String(error)} ${(error as { detail?: string }).detail}`;
    for (const key of (await readKeyringFile(file)).keys.values()) {
      expect(told).not.toContain(key.toString('base64'));
    }
    expect(told).not.toContain('hunter2');
  });

  it('lies in a file for its owner alone, which is refused when others may read it', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o644);
    await expect(readKeyringFile(file)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('chmod 600'),
    });
  });

  it('stays the same when it is ensured again', async () => {
    const before = await readFile(file, 'utf8');
    await ensureKeyringFile(file);
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 20]! ^= 1;
  return copy;
}
