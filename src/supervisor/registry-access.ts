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
  {
    named,
    hosts,
    written,
  }: {
    readonly named: readonly string[];
    readonly hosts: readonly string[];
    /** Those that the build pushes to, whose credentials come for no name in its source. */
    readonly written: readonly string[];
  },
  signal: AbortSignal,
): Promise<readonly RegistryCredential[]> {
  const naming = secrets.nameRegistries(named, patience(deps, signal));
  const ask = () => secrets.registries(hosts, patience(deps, signal));
  const known = await (hosts.every((host) => written.includes(host))
    ? beside(naming, ask())
    : naming.then(ask));
  await writeRegistryConfig(workspace.registries, known);
  return known;
}

/** The second once both are over: what it writes may not come after a failure of the first has been told. */
async function beside<T>(first: Promise<void>, second: Promise<T>): Promise<T> {
  await Promise.allSettled([first, second]);
  await first;
  return second;
}
