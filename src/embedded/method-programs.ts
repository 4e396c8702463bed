import type { BuildMethod } from '../domain/builds/method.js';
import { ensurePrograms, type FoundProgram, type ProgramOptions } from './programs.js';

/** What a method needs beside the programs that every Kiln has. All need root. */
const PROGRAMS_OF = {
  container: ['buildah'],
  kaniko: ['kaniko'],
  paketo: ['lifecycle'],
  packer: ['packer', 'buildah', 'busybox'],
} as const;
type MethodProgram = (typeof PROGRAMS_OF)[keyof typeof PROGRAMS_OF][number];

/**
 * Finds the programs of the build methods, and installs those that are missing for the methods wanted. A method whose program cannot
 * be had is not offered, which is told of where it was wanted: the others build without it.
 */
export async function methodPrograms(
  wanted: readonly BuildMethod[],
  options: ProgramOptions,
  log: (text: string) => void,
): Promise<Partial<Record<MethodProgram, FoundProgram>>> {
  if (process.getuid?.() !== 0) return {};
  const found = await Promise.all(
    Object.entries(PROGRAMS_OF).map(async ([method, programs]) => {
      const isWanted = (wanted as readonly string[]).includes(method);
      try {
        return await ensurePrograms<MethodProgram>(programs, { ...options, installs: isWanted });
      } catch (error) {
        if (isWanted) log(`The method ${method} is not offered: ${String(error)}`);
        return {};
      }
    }),
  );
  return Object.assign({}, ...found) as Partial<Record<MethodProgram, FoundProgram>>;
}
