import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The files that a program is linked to, as the loader of this host finds them: under the paths by which it asks for them. None for a static
 * program, and where the host has no `ldd`.
 */
export async function librariesOf(program: string): Promise<string[]> {
  const listed = await promisify(execFile)('ldd', [program], { env: { PATH: '/usr/bin:/bin' } }).catch(
    () => ({ stdout: '' }),
  );
  return librariesIn(listed.stdout);
}

/** The absolute paths in what `ldd` prints. */
export function librariesIn(listed: string): string[] {
  return listed.split('\n').flatMap((line) => /^\t(?:\S+ => )?(\/.+) \(0x[0-9a-f]+\)$/.exec(line)?.[1] ?? []);
}
