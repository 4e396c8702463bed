import { TOOL_HOLES } from '../domain/dispatch/tool-holes.js';

const TIMEOUT_MS = 10_000;

/**
 * The versions of the programs of which holes are known, as they say themselves, with the mark of a distribution
 * (`1.1.5+ds1`). What says none is left out.
 */
export async function judgedToolVersions(
  programs: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const names = [...new Set(TOOL_HOLES.map(({ tool }) => tool))].filter(
    (name) => programs[name] !== undefined,
  );
  const told = await Promise.all(
    names.map(async (name) => [name, await versionOf(programs[name] ?? '')] as const),
  );
  return Object.fromEntries(
    told.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])),
  );
}

async function versionOf(path: string): Promise<string | undefined> {
  const { runCommand } = await import('../embedded/programs/run-command.js');
  const { output } = await runCommand(path, ['--version'], { timeoutMs: TIMEOUT_MS });
  return /(?<=[\sv])\d+\.\d+\.\d+[\w.+~-]*/.exec(output)?.[0];
}
