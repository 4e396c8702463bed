import { ensurePrograms, type FoundProgram, type ProgramOptions } from './programs.js';

/**
 * Obtains buildah for the method container, which needs root. Undefined where it cannot be had: a failed install is told of, and the
 * other methods build without.
 */
export async function ensureBuildah(
  options: ProgramOptions,
  log: (text: string) => void,
): Promise<FoundProgram | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    return (await ensurePrograms(['buildah'], options)).buildah;
  } catch (error) {
    log(`The method container is not offered: ${String(error)}`);
    return undefined;
  }
}
