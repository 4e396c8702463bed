import { createHash } from 'node:crypto';
import { chown, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { postgresUser, type ServiceUser } from './service-user.js';

/**
 * The folder of PostgreSQL's data, which its user owns. It lies in the state folder, unless that user cannot walk
 * there (a home folder with mode 700): then under /var/lib/kiln, by a name made from the state folder's path.
 */
export async function preparePostgresFolder(
  stateFolder: string,
  user: ServiceUser | undefined,
): Promise<string> {
  const folder = await choosePostgresFolder(stateFolder, user);
  await mkdir(folder, { recursive: true });
  if (user !== undefined) await chown(folder, user.userId, user.groupId);
  return folder;
}

/** Where the data of PostgreSQL lies, or would lie. Makes nothing. */
export async function postgresDataFolder(stateFolder: string): Promise<string> {
  return join(await choosePostgresFolder(stateFolder, await postgresUser()), 'data');
}

async function choosePostgresFolder(stateFolder: string, user: ServiceUser | undefined): Promise<string> {
  return user === undefined || (await canWalkTo(stateFolder, user))
    ? join(stateFolder, 'postgres')
    : join('/var/lib/kiln', shortName(stateFolder), 'postgres');
}

async function canWalkTo(path: string, user: ServiceUser): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  const bit = found?.uid === user.userId ? 0o100 : found?.gid === user.groupId ? 0o010 : 0o001;
  if (found !== undefined && (found.mode & bit) === 0) return false;
  return path === dirname(path) ? true : canWalkTo(dirname(path), user);
}

function shortName(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12);
}
