import { ensurePrograms, type FoundProgram, type ProgramOptions } from './programs.js';

/** Finds hadolint, or installs it. Null, and a word about it, where it cannot be had: builds go on without its warnings. */
export async function lintProgram(
  options: ProgramOptions,
  log: (text: string) => void,
): Promise<FoundProgram | null> {
  try {
    return (await ensurePrograms(['hadolint'], options)).hadolint;
  } catch (error) {
    log(`Builds have no warnings of hadolint: ${String(error)}`);
    return null;
  }
}
