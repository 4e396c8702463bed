import type { ProgramName } from '../embedded/programs/declaration.js';
import { readBuildkitVersion } from '../adapters/buildkit/buildkit-version.js';
import { METHODS } from '../engines/methods.js';
import type { Buildkits } from '../ports/buildkits.js';
import type { RunDeps } from '../supervisor/deps.js';

const TIMEOUT_MS = 10_000;

/**
 * See RunDeps.toolVersions. A program of this host says its version once in the life of this process; buildkitd, which may be another one
 * by now, each time.
 */
export function createToolVersions(
  programs: Readonly<Record<string, string>>,
  buildkits: Pick<Buildkits, 'open'> | null,
): NonNullable<RunDeps['toolVersions']> {
  const asked = new Map<string, Promise<string | undefined>>();
  const ask = (name: string): Promise<string | undefined> => {
    const known = asked.get(name) ?? versionOf(name, programs[name]).catch(() => undefined);
    asked.set(name, known);
    return known;
  };
  return async ({ method, ...user }, signal) => {
    const askBuildkit = async (): Promise<string | undefined> => {
      const { buildctl } = programs;
      if (buildctl === undefined || buildkits === null) return undefined;
      const address = await buildkits.open(user, signal).catch(() => null);
      return address === null ? undefined : readBuildkitVersion(buildctl, address);
    };
    const told = await Promise.all(
      (METHODS[method]?.programs ?? []).map(
        async (name) => [name, await (name === 'buildkitd' ? askBuildkit() : ask(name))] as const,
      ),
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
