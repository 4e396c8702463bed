import { ensurePrograms, type FoundProgram, type ProgramOptions } from './programs.js';

/** Finds syft, or installs it. Null, and a word about it, where it cannot be had: images have no bill of materials then. */
export async function sbomProgram(
  options: ProgramOptions,
  log: (text: string) => void,
): Promise<FoundProgram | null> {
  try {
    return (await ensurePrograms(['syft'], options)).syft;
  } catch (error) {
    log(`Images have no bill of materials: ${String(error)}`);
    return null;
  }
}
