import { KilnError } from '../domain/errors.js';
import type { Bundle, FoundProgram, ProgramDeclaration, ProgramName } from './programs/declaration.js';
import { PROGRAMS } from './programs/declarations.js';
import { type SearchOutcome, searchProgram } from './programs/search.js';
import type { VersionRange } from './programs/version.js';
import { defaultCacheFolder, installBundle } from './programs/tool-cache.js';

export type { FoundProgram, ProgramName, ProgramOrigin } from './programs/declaration.js';

/** What a program is going through: `text` is a short line for people. */
export interface ProgramProgress {
  readonly program: ProgramName;
  readonly phase: 'searching' | 'installing' | 'ready';
  readonly text: string;
}

/** Where to search and install. Everything may be left out. */
export interface ProgramOptions {
  /** Configured paths, else those in KILN_<PROGRAM>_PATH: one that does not work is an error, it is never replaced. */
  readonly configured?: Partial<Record<ProgramName, string>>;
  readonly cacheFolder?: string;
  /** The folders of PATH. */
  readonly searchPath?: string;
  /** Versions that will do here, where not all do that Kiln can use in general. */
  readonly accepts?: Partial<Record<ProgramName, VersionRange>>;
  /** False: what is missing is an error, and nothing is installed. */
  readonly installs?: boolean;
  readonly onProgress?: (progress: ProgramProgress) => void;
}

/** What `inspectPrograms` says of one program. `tried` tells why nothing was taken from the places before. */
export interface ProgramReport {
  readonly program: ProgramName;
  readonly found: FoundProgram | undefined;
  readonly tried: readonly string[];
  readonly isConfigured: boolean;
  readonly isOptional: boolean;
  /** How Kiln installs it when it is missing, for instance `Go (3.1.2)`. */
  readonly installs: string;
  readonly remedy: string;
}

/**
 * Finds the named programs - configured path, PATH, tool cache - and installs those that are missing, side by side.
 * Throws `program_missing` for a configured path that does not work and `program_install_failed` when no pinned
 * install worked or none was allowed; both name the program, what was tried and what to do.
 */
export async function ensurePrograms<N extends ProgramName>(
  names: readonly N[],
  options: ProgramOptions = {},
): Promise<Record<N, FoundProgram>> {
  const installing = new Map<string, Promise<void>>();
  const entries = await settleAll(
    names.map(async (name) => [name, await ensureProgram(PROGRAMS[name], options, installing)] as const),
  );
  return Object.fromEntries(entries) as Record<N, FoundProgram>;
}

/** Looks for every program and installs nothing. */
export async function inspectPrograms(options: ProgramOptions = {}): Promise<ProgramReport[]> {
  return Promise.all(
    Object.values(PROGRAMS).map(async (program) => {
      const { found, tried } = await search(program, options);
      const refusals = program.bundles.flatMap((bundle) => bundle.refusal?.() ?? []);
      const allowed = program.bundles.filter((bundle) => bundle.refusal?.() === undefined);
      const installs = allowed.map((bundle) => `${bundle.means} (${bundle.version})`).join(', else ');
      const isConfigured = configuredPath(program, options) !== undefined;
      return {
        program: program.name,
        found,
        tried,
        isConfigured,
        isOptional: program.isOptional === true,
        installs,
        remedy: [program.remedy, ...refusals.map((text) => `(${text}.)`)].join(' '),
      };
    }),
  );
}

async function ensureProgram(
  program: ProgramDeclaration,
  options: ProgramOptions,
  installing: Map<string, Promise<void>>,
): Promise<FoundProgram> {
  const tell = (phase: ProgramProgress['phase'], text: string): void =>
    options.onProgress?.({ program: program.name, phase, text });
  tell('searching', `looking for ${program.name}`);
  let outcome = await search(program, options);
  if (outcome.configuredIsUnfit)
    throw new KilnError('program_missing', { message: explain(program, outcome.tried) });
  const failures: string[] = [];
  const mayInstall = outcome.found === undefined && options.installs !== false;
  for (const bundle of mayInstall ? program.bundles : []) {
    const key = keyOf(bundle);
    const running =
      installing.get(key) ??
      installBundle(cacheFolderOf(options), bundle, (text) => tell('installing', text));
    installing.set(key, running);
    try {
      await running;
      outcome = await search(program, options);
      if (outcome.found !== undefined) break;
    } catch (error) {
      failures.push(`${bundle.means}: ${describeFailure(error)}`);
    }
  }
  if (outcome.found === undefined) {
    throw new KilnError(program.bundles.length === 0 ? 'program_missing' : 'program_install_failed', {
      message: explain(program, [...outcome.tried, ...failures]),
    });
  }
  const isNew = program.bundles.some((bundle) => installing.has(keyOf(bundle)));
  const found: FoundProgram = isNew ? { ...outcome.found, origin: 'installed' } : outcome.found;
  tell('ready', `${program.name} ${found.version} (${found.origin}) ${found.path}`);
  return found;
}

function keyOf(bundle: Bundle): string {
  return `${bundle.name} ${bundle.version}`;
}

function search(program: ProgramDeclaration, options: ProgramOptions): Promise<SearchOutcome> {
  const accepts = options.accepts?.[program.name] ?? program.accepts;
  return searchProgram(
    { ...program, accepts },
    {
      configured: configuredPath(program, options),
      searchPath: options.searchPath ?? process.env['PATH'] ?? '',
      cacheFolder: cacheFolderOf(options),
    },
  );
}

function configuredPath(program: ProgramDeclaration, options: ProgramOptions): string | undefined {
  const configured = options.configured?.[program.name] ?? process.env[program.setting];
  return configured === '' ? undefined : configured;
}

function cacheFolderOf(options: ProgramOptions): string {
  return options.cacheFolder ?? defaultCacheFolder(process.env, process.getuid?.());
}

function explain(program: ProgramDeclaration, tried: readonly string[]): string {
  return [
    `${program.name}: nothing that works was found.`,
    ...tried.map((line) => `  - ${line}`),
    `  What to do: ${program.remedy}`,
  ].join('\n');
}

function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// Every install is awaited even when one fails, so that none goes on behind the back of the caller.
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
