import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Everything in the state folder but `postgres`, which belongs to PostgreSQL's own user. */
const PRIVATE_FOLDERS = [
  'buildkit',
  'data',
  'logs',
  'registry',
  'secrets',
  'services',
  'supervisor',
  'temporal',
];

/**
 * Makes the state folder with its parts for their owner alone. As root PostgreSQL runs as another user, who must walk through
 * the state folder to its data: then others may pass it, but not list it. The mode of a folder that was there is left alone.
 */
export async function prepareStateFolder(stateFolder: string): Promise<void> {
  await mkdir(dirname(stateFolder), { recursive: true });
  await mkdir(stateFolder, { mode: process.getuid?.() === 0 ? 0o711 : 0o700, recursive: true });
  for (const name of PRIVATE_FOLDERS) {
    const folder = join(stateFolder, name);
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o700);
  }
}

/** The default state folder of a checkout. */
export function defaultStateFolder(): string {
  return process.env['KILN_STATE_DIR'] ?? join(process.cwd(), '.kiln');
}
