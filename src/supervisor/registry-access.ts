import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RegistryCredential } from '../ports/secrets.js';
import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';
import { patience } from './patience.js';
import type { RunSecrets } from './secrets.js';

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

/**
 * Tells which registries the source names (`named`), and puts the credentials of all that the run has to do with where the builder looks
 * for them. Gives them. Hosts are `host[:port]`.
 */
export async function openRegistries(
  deps: RunDeps,
  { workspace }: Journal,
  secrets: RunSecrets,
  { named, hosts }: { readonly named: readonly string[]; readonly hosts: readonly string[] },
  signal: AbortSignal,
): Promise<readonly RegistryCredential[]> {
  await secrets.nameRegistries(named, patience(deps, signal));
  const known = await secrets.registries(hosts, patience(deps, signal));
  await writeRegistryConfig(workspace.registries, known);
  return known;
}
