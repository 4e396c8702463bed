import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstallTarget } from './declaration.js';
import { unpackDebianPackage } from './download-debian-package.js';
import { runCommand } from './run-command.js';

/**
 * Gives the C compiler libseccomp, without which runc refuses the profile that BuildKit sets for every RUN step: the
 * machine's own, else Debian's static library, unpacked beside the build and removed after it.
 */
export async function provideSeccompHeaders({
  folder,
  onText,
}: InstallTarget): Promise<Record<string, string>> {
  const installed = await runCommand('pkg-config', ['--exists', 'libseccomp'], { timeoutMs: 10_000 });
  if (installed.code === 0) return {};
  onText('downloading libseccomp');
  await unpackDebianPackage('libseccomp-dev', folder);
  const [triplet = ''] = await readdir(join(folder, 'usr', 'lib'));
  const libraries = join(folder, 'usr', 'lib', triplet);
  // The shared library is in another package: without its dangling link the linker takes the static one.
  await rm(join(libraries, 'libseccomp.so'), { force: true });
  return { PKG_CONFIG_SYSROOT_DIR: folder, PKG_CONFIG_PATH: join(libraries, 'pkgconfig') };
}
