import { readFile, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { parseContextPath } from '../../domain/images/context-path.js';
import { baseImageOf } from '../../domain/images/dockerfile/base-image.js';
import { checkDockerfile } from '../../domain/images/dockerfile/check.js';
import { closedRuns } from '../../domain/images/dockerfile/closed-runs.js';
import { judgeSources } from '../../domain/images/dockerfile/judge-sources.js';
import { neededImages } from '../../domain/images/dockerfile/needed-images.js';
import { type ForeignRun, foreignRuns } from '../../domain/images/dockerfile/foreign-runs.js';
import { remoteFiles } from '../../domain/images/dockerfile/remote-files.js';
import { registriesOfPlatforms, type RegistryOptions } from '../../domain/images/dockerfile/registries.js';
import { replaceImages, type Replacements } from '../../domain/images/dockerfile/replace-images.js';
import { IGNORE_EXTENSIONS, type JudgedDockerfile } from '../../ports/dockerfile.js';
import { invalidDockerfile, type NamedStage } from '../../domain/images/invalid-dockerfile.js';
import { NO_PROXIES } from '../../domain/network/proxy.js';
import { resolveInside } from './resolve-inside.js';
import { refuseClosedHosts, type SourceReach } from './resolve-sources.js';

/** Options of engines that build from a Dockerfile, as far as the check needs them. */
export interface DockerfileOptions {
  readonly dockerfile?: string;
  readonly dockerfile_inline?: string | undefined;
  readonly build_context?: string;
  readonly target_stage?: string | undefined;
  readonly build_args?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  /** Other stages that are built, for the first platform. */
  readonly also_built?: readonly string[] | undefined;
  /** All stages that settings name, and the settings. */
  readonly named_stages?: readonly NamedStage[] | undefined;
  /** Other images that take the place of some that it names. */
  readonly replaced_images?: Replacements | undefined;
  /** Why no step may have the network of the build host; null, or absent, where one may. */
  readonly host_trouble?: string | null;
}

/** Public hosts alone. */
const PUBLIC: SourceReach = { allowedNetworks: [], proxies: NO_PROXIES };

/**
 * The platforms that RUN steps of a build may have, the builder's own first; null where nobody can tell. What was known a moment ago will
 * do unless they are asked for anew.
 */
export type RunnablePlatforms = (isAnew: boolean) => Promise<readonly string[] | null>;

const MAX_DOCKERFILE_BYTES = 1024 * 1024;

/**
 * Judges an unpacked context right before the build: folder and Dockerfile lie inside it, also by way of links, and the
 * Dockerfile is one that BuildKit takes. Raises `path_escapes_context`, `context_invalid`, `dockerfile_missing` or
 * `dockerfile_invalid` (with a field for every problem), `host_not_allowed` when it reads from where the builder may not go, and
 * `platform_not_runnable`. Gives what the build will stand on.
 */
export async function checkContext(
  contextFolder: string,
  options: DockerfileOptions,
  reach: SourceReach = PUBLIC,
  runnable: RunnablePlatforms = () => Promise.resolve(null),
): Promise<JudgedDockerfile> {
  const folder = parseContextPath(options.build_context ?? '.');
  const resolved = await resolveInside(contextFolder, folder);
  if (resolved.kind !== 'folder') {
    throw new KilnError('context_invalid', {
      message: `There is no folder ${JSON.stringify(folder)} in the source: see "context" in kiln.yaml, or build_context.`,
    });
  }
  const inline = options.dockerfile_inline;
  const { text: written, ignoreFiles } =
    inline === undefined
      ? await readInside(contextFolder, folder, options.dockerfile ?? 'Dockerfile')
      : { text: inline, ignoreFiles: {} };
  const target = options.target_stage ?? null;
  const buildArgs = options.build_args ?? {};
  const platforms = options.platforms ?? [];
  const text = withReplaced(
    written,
    { target, platform: platforms[0] ?? null, buildArgs },
    options.replaced_images,
  );
  const named = registriesOfPlatforms(text, { target, platforms, buildArgs });
  const alsoBuilt = options.also_built ?? [];
  const problems = [...checkDockerfile(text, { target, alsoBuilt }), ...named.problems];
  if (problems.length > 0) throw invalidDockerfile(problems, 'dockerfile', options.named_stages);
  const hostTrouble = options.host_trouble ?? null;
  const closed = closedRuns(text, { targets: [target, ...alsoBuilt], buildArgs, hostTrouble });
  if (closed.length > 0) throw invalidDockerfile(closed, 'dockerfile');
  const sources = judgeSources(text, buildArgs, reach.allowedNetworks);
  await refuseClosedHosts(sources, reach);
  if (platforms.length > 0 || /--platform/i.test(text)) {
    const built = [
      { target, platforms, buildArgs },
      ...alsoBuilt.map((stage) => ({ target: stage, platforms: platforms.slice(0, 1), buildArgs })),
    ];
    const isKnownToRun = foreignIn(text, built, await runnable(false)).length === 0;
    if (!isKnownToRun) refuseForeignRuns(text, built, await runnable(true));
  }
  return {
    text,
    ignoreFiles,
    baseImage: baseImageOf(text, { target, buildArgs }),
    registries: named.registries,
    images: neededImages(text, { target, platform: platforms[0] ?? null, buildArgs }),
    sourceHosts: [...new Set(sources.map(({ host }) => host))],
    remoteFiles: remoteFiles(text, { target, platform: platforms[0] ?? null, buildArgs }, sources),
  };
}

function withReplaced(text: string, options: RegistryOptions, replaced: Replacements = {}): string {
  if (Object.keys(replaced).length === 0) return text;
  const other = replaceImages(text, options, replaced);
  if (other !== null) return other;
  throw new KilnError('dockerfile_invalid', {
    message:
      'The Dockerfile names images in a way in which no other can take their place: write them out in FROM, COPY --from and RUN --mount.',
  });
}

type Built = Omit<Parameters<typeof foreignRuns>[1], 'runnable'>;

/** The first RUN instructions of each foreign platform in what is built; none where nobody can tell what runs. */
function foreignIn(text: string, built: readonly Built[], runnable: readonly string[] | null): ForeignRun[] {
  const [own, ...others] = runnable ?? [];
  if (own === undefined) return [];
  return built.flatMap((one) => foreignRuns(text, { ...one, runnable: [own, ...others] }));
}

function refuseForeignRuns(text: string, built: readonly Built[], runnable: readonly string[] | null): void {
  const found = foreignIn(text, built, runnable);
  const [first] = found;
  if (first === undefined) return;
  throw new KilnError('platform_not_runnable', {
    message: `RUN at line ${first.line} is for ${first.platform}, whose programs this build host cannot run: it runs ${runnable?.join(', ')}.`,
    fields: found.map(({ line, platform }) => ({
      field: 'dockerfile',
      message: `line ${line}: ${platform}`,
    })),
  });
}

async function readInside(
  contextFolder: string,
  folder: string,
  dockerfile: string,
): Promise<Pick<JudgedDockerfile, 'text'> & Required<Pick<JudgedDockerfile, 'ignoreFiles'>>> {
  const wanted = parseContextPath(dockerfile);
  const names = [
    wanted,
    ...(posix.basename(wanted) === 'Dockerfile' ? [posix.join(posix.dirname(wanted), 'dockerfile')] : []),
  ];
  for (const name of names) {
    const text = await readText(contextFolder, posix.join(folder, name));
    if (text === null) continue;
    const ignoreFiles: Record<string, string> = {};
    for (const extension of IGNORE_EXTENSIONS) {
      const ignore = await readText(contextFolder, posix.join(folder, `${name}${extension}`));
      if (ignore !== null) ignoreFiles[extension] = ignore;
    }
    return { text, ignoreFiles };
  }
  throw missing(wanted);
}

async function readText(contextFolder: string, name: string): Promise<string | null> {
  const { kind, absolutePath } = await resolveInside(contextFolder, name);
  if (kind !== 'file') return null;
  if ((await stat(absolutePath)).size > MAX_DOCKERFILE_BYTES) throw tooLong(name);
  return readFile(absolutePath, 'utf8');
}

function tooLong(name: string): KilnError {
  return new KilnError('dockerfile_invalid', {
    message: `${name} is larger than ${MAX_DOCKERFILE_BYTES} bytes.`,
  });
}

function missing(wanted: string): KilnError {
  return new KilnError('dockerfile_missing', {
    message: `There is no ${wanted.slice(0, 200)} in the build context. Name the Dockerfile with "dockerfile" (--file).`,
  });
}
