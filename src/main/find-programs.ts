import type { SupervisorConfig } from '../config.js';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, resolve } from 'node:path';

type Configured = Pick<
  SupervisorConfig,
  'buildctlPath' | 'buildahPath' | 'runcPath' | 'hadolintPath' | 'packerPath' | 'busyboxPath'
>;

/**
 * The absolute paths of the programs that engines and lints start: the configured one, a path or a name, else the one on the search path;
 * what is nowhere is left out. Runs get no PATH, so they are looked for once, with that of the supervisor.
 */
export async function findPrograms(
  { buildctlPath, buildahPath, runcPath, hadolintPath, packerPath, busyboxPath }: Configured,
  searchPath: string | undefined,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, configured] of Object.entries({
    buildctl: buildctlPath,
    buildah: buildahPath,
    runc: runcPath,
    hadolint: hadolintPath,
    packer: packerPath,
    busybox: busyboxPath,
  })) {
    const path = await findProgram(configured ?? name, searchPath ?? '');
    if (path !== null) found[name] = path;
  }
  return found;
}

/** The absolute path of a program by path or name; null where there is none. */
export async function findProgram(name: string, searchPath: string): Promise<string | null> {
  const folders = searchPath.split(delimiter).filter((folder) => isAbsolute(folder));
  const candidates = name.includes('/') ? [resolve(name)] : folders.map((folder) => resolve(folder, name));
  for (const path of candidates) if (await isProgram(path)) return path;
  return null;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
