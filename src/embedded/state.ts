import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Reads a secret of the state folder, or makes it with `make` the first time. Files are for their owner alone. */
export async function keptSecret(
  stateFolder: string,
  name: string,
  make: () => string = () => randomBytes(24).toString('base64url'),
): Promise<string> {
  const kept = await readFile(secretPath(stateFolder, name), 'utf8').catch(() => null);
  if (kept !== null) return kept;
  const secret = make();
  await writeSecret(stateFolder, name, secret);
  return secret;
}

export async function writeSecret(stateFolder: string, name: string, secret: string): Promise<void> {
  await writePrivately(secretPath(stateFolder, name), secret);
}

/** Where a secret lies, for processes that take the file's name instead of its content. */
export function secretPath(stateFolder: string, name: string): string {
  return join(stateFolder, 'secrets', name);
}

/** What the CLI needs to find this installation: `<state>/cli.json`. */
export interface CliAccess {
  readonly api_url: string;
  readonly token: string;
  readonly temporal_ui_url: string;
  readonly registry: string;
  readonly pid: number;
}

export async function writeCliAccess(stateFolder: string, access: CliAccess): Promise<void> {
  await writePrivately(join(stateFolder, 'cli.json'), `${JSON.stringify(access, null, 2)}\n`);
}

/** Null when no `kiln up` has served from this folder. */
export async function readCliAccess(stateFolder: string): Promise<CliAccess | null> {
  const text = await readFile(join(stateFolder, 'cli.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as CliAccess);
}

/** Writes a file that its owner alone reads, whole or not at all. */
export async function writePrivately(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, content, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
