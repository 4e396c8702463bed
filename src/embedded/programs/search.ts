import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { FoundProgram, ProgramDeclaration, ProgramOrigin } from './declaration.js';
import { runCommand } from './run-command.js';
import { bundleBinary } from './tool-cache.js';
import { describeRange, isAccepted } from './version.js';

/** Where to look for programs, in this order: configured path, PATH, tool cache. */
export interface SearchPlaces {
  readonly configured: string | undefined;
  readonly searchPath: string;
  readonly cacheFolder: string;
}

/** What a search came to. `tried` says, place by place, why nothing was taken there. */
export interface SearchOutcome {
  readonly found: FoundProgram | undefined;
  readonly tried: readonly string[];
  /** A configured path that does not work is an error of its own: nothing is searched or installed in its stead. */
  readonly configuredIsUnfit: boolean;
}

interface Candidate {
  readonly path: string;
  readonly origin: ProgramOrigin;
}

/** Looks for one program in its places and takes the first that has an accepted version. Installs nothing. */
export async function searchProgram(
  program: ProgramDeclaration,
  places: SearchPlaces,
): Promise<SearchOutcome> {
  const tried: string[] = [];
  for (const candidate of await candidatesFor(program, places)) {
    if (!(await isExecutable(candidate.path))) {
      if (candidate.origin === 'configured')
        tried.push(`${program.setting}=${candidate.path} is not an executable file`);
      continue;
    }
    const verdict = await examine(program, candidate.path);
    if ('version' in verdict)
      return { found: { ...candidate, version: verdict.version }, tried, configuredIsUnfit: false };
    tried.push(`${candidate.path} ${verdict.unfit}`);
  }
  if (places.configured !== undefined) return { found: undefined, tried, configuredIsUnfit: true };
  if (tried.length === 0)
    tried.push(`${program.binaries.join(' or ')} is neither on PATH nor in ${places.cacheFolder}`);
  return { found: undefined, tried, configuredIsUnfit: false };
}

async function candidatesFor(program: ProgramDeclaration, places: SearchPlaces): Promise<Candidate[]> {
  if (places.configured !== undefined) return [{ path: places.configured, origin: 'configured' }];
  const folders = [...places.searchPath.split(delimiter), ...((await program.furtherFolders?.()) ?? [])];
  const onPath = folders
    .filter((folder) => folder.startsWith('/'))
    .flatMap((folder) =>
      program.binaries.map((binary): Candidate => ({ path: join(folder, binary), origin: 'path' })),
    );
  const inCache = program.bundles.map((bundle): Candidate => ({
    path: bundleBinary(places.cacheFolder, bundle, program),
    origin: 'cache',
  }));
  return [...onPath, ...inCache];
}

async function examine(
  program: ProgramDeclaration,
  path: string,
): Promise<{ version: string } | { unfit: string }> {
  const { output } = await runCommand(path, program.versionArguments, { timeoutMs: 15_000 });
  const version = program.readVersion(output);
  if (version === undefined) return { unfit: 'is not a fit build of this program' };
  if (!isAccepted(version, program.accepts))
    return { unfit: `is version ${version}; needed is ${describeRange(program.accepts)}` };
  const fault = await program.findFault?.(path);
  return fault === undefined ? { version } : { unfit: fault };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
