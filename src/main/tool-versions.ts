import type { ProgramName } from '../embedded/programs/declaration.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { METHODS } from '../engines/methods.js';

const TIMEOUT_MS = 10_000;

/**
 * The versions of the programs that a method uses, as they say themselves; each is asked once in the life of this process. What says none
 * is left out.
 */
export function createToolVersions(
  programs: Readonly<Record<string, string>>,
): (method: BuildMethod) => Promise<Record<string, string>> {
  const asked = new Map<string, Promise<string | undefined>>();
  const ask = (name: string): Promise<string | undefined> => {
    const known = asked.get(name) ?? versionOf(name, programs[name]);
    asked.set(name, known);
    return known;
  };
  return async (method) => {
    const told = await Promise.all(
      (METHODS[method]?.programs ?? []).map(async (name) => [name, await ask(name)] as const),
    );
    return Object.fromEntries(
      told.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])),
    );
  };
}

async function versionOf(name: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  // A host that builds nothing needs none of it.
  const { PROGRAMS } = await import('../embedded/programs/declarations.js');
  const { runCommand } = await import('../embedded/programs/run-command.js');
  if (!Object.hasOwn(PROGRAMS, name)) return undefined;
  const { versionArguments, readVersion } = PROGRAMS[name as ProgramName];
  const { output } = await runCommand(path, versionArguments, { timeoutMs: TIMEOUT_MS });
  return readVersion(output);
}
