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
  const isWanted = (method: string): boolean => wanted.includes(method);
  const ensure = programsOnce(Object.entries(PROGRAMS_OF), isWanted, options);
  const found = await Promise.all(
    Object.entries(PROGRAMS_OF).map(async ([method, programs]) => {
      try {
        return Object.assign({}, ...(await Promise.all(programs.map(ensure)))) as object;
      } catch (error) {
        if (isWanted(method)) log(`The method ${method} is not offered: ${String(error)}`);
        return {};
      }
    }),
  );
  return Object.assign({}, ...found) as Partial<Record<MethodProgram, FoundProgram>>;
}

/** A program that several methods need is found and told once. */
function programsOnce(
  methods: readonly (readonly [string, readonly MethodProgram[]])[],
  isWanted: (method: string) => boolean,
  options: ProgramOptions,
): (program: MethodProgram) => ReturnType<typeof ensurePrograms<MethodProgram>> {
  const asked = new Map<MethodProgram, ReturnType<typeof ensurePrograms<MethodProgram>>>();
  return (program) => {
    const installs = methods.some(([method, programs]) => isWanted(method) && programs.includes(program));
    const answer = asked.get(program) ?? ensurePrograms<MethodProgram>([program], { ...options, installs });
    asked.set(program, answer);
    return answer;
  };
}
