import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The files of one BuildKit, which no other touches. */
export interface BuildkitRoot {
  /** Of `buildkitKey`. */
  readonly key: string;
  /** `buildkit-<key>`: of its record and its log. */
  readonly serviceName: string;
  readonly folder: string;
}

export function buildkitRoot(stateFolder: string, key: string): BuildkitRoot {
  return { key, serviceName: `buildkit-${key}`, folder: join(stateFolder, 'buildkit', key) };
}

/** Every root that there is, used or not. */
export async function listRoots(stateFolder: string): Promise<BuildkitRoot[]> {
  const entries = await readdir(join(stateFolder, 'buildkit'), { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => buildkitRoot(stateFolder, name));
}
