import path from 'node:path';
import type { NewBuildInput } from '../contracts/new-build.js';
import type { GitTarget } from '../domain/builds/git-target.js';
import type { LocalBuildFile } from './build-file.js';
import { usageFailure } from './failure.js';
import type { GitFacts } from './git-facts.js';

/** The options of `kiln build` that describe the build itself. */
export interface BuildOptions {
  readonly project?: string;
  readonly file?: string;
  readonly method?: string;
  /** A build file of this machine; of a git source its path there. */
  readonly buildFile?: string;
  readonly target?: string;
  readonly buildArg?: readonly string[];
  readonly tag?: readonly string[];
  readonly destination?: readonly string[];
  /** False for --no-cache. */
  readonly cache?: boolean;
  readonly cacheFrom?: readonly string[];
  readonly cacheTo?: readonly string[];
  readonly cacheRepo?: string;
  readonly secret?: readonly string[];
  readonly ssh?: readonly string[];
  readonly platform?: readonly string[];
  readonly builder?: string;
  readonly buildpack?: readonly string[];
  readonly env?: readonly string[];
  readonly template?: string;
  readonly baseImage?: readonly string[];
  readonly submodules?: boolean;
  readonly lfs?: boolean;
  /** Commits of history that stay in the context. */
  readonly history?: number;
  readonly priority?: number;
  readonly timeout?: number;
  readonly memory?: string;
  readonly cpus?: number;
  readonly pids?: number;
  readonly network?: string;
  readonly need?: readonly string[];
}

/** The source of a request: an upload, a git repository, or the text of a Dockerfile without a context. */
export type RequestSource =
  | { readonly uploadId: string; readonly dockerfile: string | null }
  | { readonly git: GitTarget; readonly dockerfile: string | null }
  | { readonly dockerfileInline: string };

/**
 * Reads the command's options, and throws a usage failure at once where one is wrong; what it gives back makes the
 * body of createBuild when the source is there.
 */
export function prepareRequest(
  options: BuildOptions,
  buildFile: LocalBuildFile | null,
): (source: RequestSource, git: GitFacts) => NewBuildInput {
  const buildArgs = (options.buildArg ?? []).map((text) => parsePair('--build-arg', text));
  const environment = (options.env ?? []).map((text) => parsePair('--env', text));
  const needs = (options.need ?? []).map((text) => parsePair('--need', text));
  const secrets = (options.secret ?? []).map(parseSecret);
  const ssh = (options.ssh ?? []).map(parseSshKey);
  const destinations = [...(options.tag ?? []), ...(options.destination ?? [])];
  const methodOptions = {
    ...(options.target === undefined ? {} : { target_stage: options.target }),
    ...(buildArgs.length === 0 ? {} : { build_args: Object.fromEntries(buildArgs) }),
    ...(options.cache === false ? { cache_enabled: false } : {}),
    ...(options.cacheFrom === undefined ? {} : { cache_from: [...options.cacheFrom] }),
    ...(options.cacheTo === undefined ? {} : { cache_to: [...options.cacheTo] }),
    ...(options.cacheRepo === undefined ? {} : { cache_repo: options.cacheRepo }),
    ...(secrets.length === 0 ? {} : { secrets }),
    ...(ssh.length === 0 ? {} : { ssh }),
    ...(options.platform === undefined
      ? {}
      : { platforms: options.platform.flatMap((text) => text.split(',')) }),
    ...(options.builder === undefined ? {} : { builder: options.builder }),
    ...(options.buildpack === undefined ? {} : { buildpacks: [...options.buildpack] }),
    ...(environment.length === 0 ? {} : { environment: Object.fromEntries(environment) }),
    ...(options.template === undefined ? {} : { packer_template: options.template }),
    ...(options.baseImage === undefined ? {} : { base_images: [...options.baseImage] }),
  };
  return (source, git) => ({
    ...(options.method === undefined ? {} : { method: options.method }),
    source: toSource(source, options),
    options: {
      ...('dockerfileInline' in source
        ? { dockerfile_inline: source.dockerfileInline }
        : source.dockerfile === null
          ? {}
          : { dockerfile: source.dockerfile }),
      ...methodOptions,
    },
    ...(destinations.length === 0 ? {} : { destinations }),
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    ...(options.timeout === undefined ? {} : { timeout_seconds: options.timeout }),
    ...namedResources(options),
    ...(needs.length === 0 ? {} : { needs: Object.fromEntries(needs) }),
    ...namedBuildFile(source, buildFile, options.buildFile),
    git,
  });
}

function namedResources({ memory, cpus, pids, network }: BuildOptions): Pick<NewBuildInput, 'resources'> {
  const given = Object.entries({ memory, cpus, pids, network }).filter(([, value]) => value !== undefined);
  return given.length === 0 ? {} : { resources: Object.fromEntries(given) };
}

function namedBuildFile(
  source: RequestSource,
  read: LocalBuildFile | null,
  path: string | undefined,
): Pick<NewBuildInput, 'build_file'> {
  if (read !== null) return { build_file: { name: read.name, content: read.content } };
  return 'git' in source && path !== undefined ? { build_file: { path } } : {};
}

function toSource(source: RequestSource, options: BuildOptions): NewBuildInput['source'] {
  if ('uploadId' in source) return { kind: 'upload', upload_id: source.uploadId };
  if ('dockerfileInline' in source) return { kind: 'inline' };
  const { remote, ref, folder } = source.git;
  return {
    kind: 'git',
    url: remote.url,
    ref,
    folder,
    submodules: options.submodules === true,
    lfs: options.lfs === true,
    depth: options.history ?? null,
  };
}

/** `NAME=value`. A name alone is refused: a value from the environment would be there unseen. */
function parsePair(flag: string, text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) {
    const missing = equals === 0 ? 'name' : 'value';
    throw usageFailure(`${flag} ${text}: there is no ${missing}.`, `Write it as ${flag} NAME=VALUE.`);
  }
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** `id=ID,name=NAME` or `id=ID` (the name is then the same). Values never come this way. */
function parseSecret(text: string): { id: string; name: string } {
  const parts = readParts(text);
  const id = parts?.get('id');
  if (!id) {
    throw usageFailure(
      `--secret ${text} is not understood.`,
      'Write it as --secret id=ID,name=NAME, where NAME is a secret that Kiln keeps; values are never given here.',
    );
  }
  return { id, name: parts?.get('name') ?? id };
}

/** `id=ID,name=NAME` or `name=NAME` (the id is then `default`, which a mount without id takes). */
function parseSshKey(text: string): { id: string; name: string } {
  const parts = readParts(text);
  const name = parts?.get('name');
  if (!name) {
    throw usageFailure(
      `--ssh ${text} is not understood.`,
      'Write it as --ssh name=NAME or --ssh id=ID,name=NAME, where NAME is a private key that `kiln secrets set` stored; files and sockets of this machine are not sent.',
    );
  }
  return { id: parts?.get('id') ?? 'default', name };
}

/** The parts of `id=ID,name=NAME`; null where there are others. */
function readParts(text: string): Map<string, string | undefined> | null {
  const parts = new Map(text.split(',').map((part) => part.split('=', 2) as [string, string | undefined]));
  return [...parts.keys()].every((key) => key === 'id' || key === 'name') ? parts : null;
}

/** The slug of a project made from a folder's name: `My App_2` -> `my-app-2`. */
export function slugOf(folder: string): string {
  const slug = path
    .basename(path.resolve(folder))
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  if (slug !== '') return slug;
  throw usageFailure(
    `No project name can be made from the folder ${folder}.`,
    'Name the project with --project SLUG.',
  );
}
