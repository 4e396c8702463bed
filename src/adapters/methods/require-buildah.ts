import { missing, printed, requireUtilLinux } from './program-output.js';

/** Older ones read no here-documents. */
const NEEDED = [1, 33] as const;

/**
 * Raises `program_missing`, with what to do, where this host cannot build by the method container: it needs root, buildah, runc, and
 * unshare and flock of util-linux.
 */
export async function requireBuildah(programs: Readonly<Record<string, string>>): Promise<void> {
  if (process.getuid?.() !== 0) throw missing('The method container needs root on the build host.');
  const { buildah = 'buildah', runc = 'runc' } = programs;
  const version = /^buildah version (\d+)\.(\d+)/m.exec(await printed(buildah, '--version'));
  if (version === null)
    throw missing(`${buildah} is no buildah. Install it, or name it with KILN_BUILDAH_PATH.`);
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]))
    throw missing(`${buildah} is version ${major}.${minor}; needed is ${NEEDED.join('.')} or newer.`);
  if (!(await printed(runc, '--version')).startsWith('runc version'))
    throw missing(`${runc} is no runc. Install it, or name it with KILN_RUNC_PATH.`);
  await requireUtilLinux(['unshare', 'flock']);
}
