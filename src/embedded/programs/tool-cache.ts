import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Bundle, InstallTarget, ProgramDeclaration } from './declaration.js';
import { withInstallLock } from './install-lock.js';

/**
 * The folder that outlives checkouts and keeps what was installed: KILN_CACHE_DIR, else /var/cache/kiln for root (its
 * services run as another user, who must reach it), else $XDG_CACHE_HOME/kiln or ~/.cache/kiln.
 */
export function defaultCacheFolder(
  env: Readonly<Record<string, string | undefined>>,
  userId: number | undefined,
): string {
  const configured = env['KILN_CACHE_DIR'];
  if (configured !== undefined && isAbsolute(configured)) return configured;
  if (userId === 0) return '/var/cache/kiln';
  const xdg = env['XDG_CACHE_HOME'];
  return xdg !== undefined && isAbsolute(xdg) ? join(xdg, 'kiln') : join(homedir(), '.cache', 'kiln');
}

/** The folder of one version of a bundle. It exists only when it is complete. */
export function bundleFolder(cacheFolder: string, bundle: Bundle): string {
  return join(cacheFolder, 'tools', bundle.name, bundle.version);
}

/** The path of a program's binary inside its bundle. */
export function bundleBinary(
  cacheFolder: string,
  bundle: Bundle,
  program: Pick<ProgramDeclaration, 'binaries'>,
): string {
  return join(bundleFolder(cacheFolder, bundle), 'bin', program.binaries[0] ?? '');
}

/**
 * Installs a bundle unless it is there: into a temporary folder that is renamed when it is complete, one process at a
 * time. Rejects with the installer's reason and leaves nothing behind then.
 */
export async function installBundle(
  cacheFolder: string,
  bundle: Bundle,
  onText: InstallTarget['onText'],
): Promise<void> {
  const final = bundleFolder(cacheFolder, bundle);
  if (await exists(final)) return;
  await mkdir(dirname(final), { recursive: true, mode: 0o755 });
  await withInstallLock(`${final}.lock`, onText, async () => {
    if (await exists(final)) return;
    const folder = `${final}.${randomUUID().slice(0, 8)}.tmp`;
    await mkdir(folder, { mode: 0o755 });
    try {
      await bundle.install({ folder, onText });
      await rename(folder, final);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
