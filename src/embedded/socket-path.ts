import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KilnError } from '../domain/errors.js';

/** The longest path of a Unix socket that every system takes, in bytes. */
const LONGEST_SOCKET_PATH = 100;

/**
 * The path of a Unix socket: the wanted one, or, when that is too long for a socket, one of the same file name in a folder of
 * the temporary folder that is this user's alone. Throws `service_start_failed` when somebody else made that folder.
 */
export async function socketPath(
  wanted: { readonly folder: string; readonly name: string },
  stateFolder: string,
  temporaryFolder: string = tmpdir(),
): Promise<string> {
  const path = join(wanted.folder, wanted.name);
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return path;
  const key = createHash('sha256').update(stateFolder).digest('hex').slice(0, 12);
  const short = join(temporaryFolder, `kiln-${process.getuid?.() ?? 0}-${key}`);
  await mkdir(short, { recursive: true, mode: 0o700 });
  await makePrivate(short);
  return join(short, wanted.name);
}

// Everybody may write to the temporary folder, so that the name may be taken already, by a link or a folder of another user.
async function makePrivate(folder: string): Promise<void> {
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) {
    throw new KilnError('service_start_failed', {
      message: `${folder} is not a folder of this user, so no socket is made there. Remove it, or use a state folder with a shorter path.`,
    });
  }
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
}
