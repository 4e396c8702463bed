import { execFile } from 'node:child_process';
import { KilnError } from '../../domain/errors.js';

/** Older ones read no here-documents. */
const NEEDED = [1, 33] as const;
const TIMEOUT_MS = 15_000;

/**
 * Raises `program_missing`, with what to do, where this host cannot build by the method container: it needs root, buildah, runc, and
 * unshare and flock of util-linux.
 */
export async function requireBuildah(programs: Readonly<Record<string, string>>): Promise<void> {
  if (process.getuid?.() !== 0) throw missing('The method container needs root on the build host.');
  const { buildah = 'buildah', runc = 'runc' } = programs;
  const version = /^buildah version (\d+)\.(\d+)/m.exec(await printed(buildah));
  if (version === null)
    throw missing(`${buildah} is no buildah. Install it, or name it with KILN_BUILDAH_PATH.`);
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]))
    throw missing(`${buildah} is version ${major}.${minor}; needed is ${NEEDED.join('.')} or newer.`);
  if (!(await printed(runc)).startsWith('runc version'))
    throw missing(`${runc} is no runc. Install it, or name it with KILN_RUNC_PATH.`);
  for (const program of ['unshare', 'flock']) {
    if (!(await printed(program)).includes('util-linux'))
      throw missing(`${program} was not found. Install util-linux.`);
  }
}

/** What `--version` prints; empty where the program is not there. */
function printed(program: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], { timeout: TIMEOUT_MS }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}

function missing(message: string): KilnError {
  return new KilnError('program_missing', { message });
}
