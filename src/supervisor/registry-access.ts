import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RegistryCredential } from '../ports/secrets.js';

/** What Docker Hub is called in a file of credentials, for historical reasons. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/**
 * Writes `config.json` as container programs read it (DOCKER_CONFIG) into the folder: mode 0600 in 0700. The folder goes with the
 * workspace when the run ends.
 */
export async function writeRegistryConfig(
  folder: string,
  credentials: readonly RegistryCredential[],
): Promise<void> {
  const auths = Object.fromEntries(
    credentials.map(({ host, username, password }) => [
      host === 'docker.io' ? DOCKER_HUB : host,
      { auth: Buffer.from(`${username}:${password}`).toString('base64') },
    ]),
  );
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path.join(folder, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 });
}
