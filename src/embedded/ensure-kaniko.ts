import { ensurePrograms, type FoundProgram, type ProgramOptions } from './programs.js';

/**
 * Obtains the executor of kaniko, which needs root here. Undefined where it cannot be had: a failed install is told of, and the other
 * methods build without.
 */
export async function ensureKaniko(
  options: ProgramOptions,
  log: (text: string) => void,
): Promise<FoundProgram | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    return (await ensurePrograms(['kaniko'], options)).kaniko;
  } catch (error) {
    log(`The method kaniko is not offered: ${String(error)}`);
    return undefined;
  }
}
