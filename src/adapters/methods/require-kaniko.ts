import { missing, printed, requireUtilLinux } from './program-output.js';

/**
 * Raises `program_missing`, with what to do, where this host cannot build by the method kaniko: it needs root, the executor, runc, and
 * unshare and mount of util-linux.
 */
export async function requireKaniko(programs: Readonly<Record<string, string>>): Promise<void> {
  if (process.getuid?.() !== 0) throw missing('The method kaniko needs root on the build host.');
  const { kaniko, runc = 'runc' } = programs;
  if (kaniko === undefined || !/^Kaniko version/m.test(await printed(kaniko, 'version')))
    throw missing('No executor of kaniko was found. Name it with KILN_KANIKO_PATH.');
  if (!(await printed(runc, '--version')).startsWith('runc version'))
    throw missing(`${runc} is no runc. Install it, or name it with KILN_RUNC_PATH.`);
  await requireUtilLinux(['unshare', 'mount']);
}
