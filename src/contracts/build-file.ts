import { z } from 'zod';
import type { Settings } from '../domain/builds/settings.js';
import { parseQuantity } from '../domain/limits/limit-units.js';
import { buildxFields } from '../engines/buildx/schema.js';
import { METHOD_NAMES, METHODS_IN_WORDS } from '../engines/methods.js';
import { secretsOf } from '../engines/paketo/bindings.js';
import { paketoFields } from '../engines/paketo/schema.js';
import { cacheReference, dockerfileFields as fields } from '../engines/dockerfile/fields.js';
import { packerFields } from '../engines/packer/schema.js';
import { projectDestination } from './image-fields.js';
import { Needs } from './needs.js';
import { askedResources, Resources } from './resources.js';
import { timeoutSeconds } from './timeout.js';

/** Where the schema for editors is served. */
export const BUILD_FILE_SCHEMA_PATH = '/schemas/kiln.json';

const text = z.string({
  error: ({ input }) =>
    typeof input === 'number' || typeof input === 'boolean'
      ? `Write the value in quotes: "${String(input)}". YAML reads it as a ${typeof input} otherwise.`
      : undefined,
});

/** `90s`, `15m`, `2h`, `1d` or a number of seconds. */
const duration = z
  .union([
    timeoutSeconds,
    z.string().regex(/^\d{1,5}[smhd]$/, 'Write seconds, or a number with s, m, h or d: 90s, 15m, 2h, 1d.'),
  ])
  .refine((value) => timeoutSeconds.safeParse(inSeconds(value)).success, 'From 10 seconds to 24 hours.')
  .describe('Longest time to run: seconds, or 90s, 15m, 2h; 1h unless set');

function inSeconds(value: number | string): number {
  if (typeof value === 'number') return value;
  const parsed = parseQuantity('seconds', value);
  return 'value' in parsed ? parsed.value : NaN;
}

const settings = {
  method: z
    .enum(METHOD_NAMES, `A build method is one of ${METHODS_IN_WORDS}.`)
    .describe('Build method; buildx unless set'),
  dockerfile: fields.dockerfile.describe('Path of the Dockerfile inside `context`'),
  context: fields.build_context.describe(
    'Folder of the source that is the build context; the whole source unless set',
  ),
  args: z
    .record(z.string(), text)
    .pipe(fields.build_args)
    .describe('Values of ARG instructions, in quotes; never secret, they end up in the image history'),
  target: fields.target_stage.describe('Stage to build; the last one unless set'),
  platforms: buildxFields.platforms.describe(
    "Such as linux/arm64; the builder's own unless set; several make one index",
  ),
  cache: z
    .strictObject({
      enabled: fields.cache_enabled,
      from: buildxFields.cache_from,
      to: buildxFields.cache_to,
      repo: cacheReference.describe('Repository for the layers of kaniko'),
    })
    .partial()
    .describe('Layer caches; from and to belong to buildx, repo to kaniko'),
  secrets: z
    .array(
      z.union([z.string().min(1).max(200), z.strictObject({ id: z.string(), name: z.string().optional() })]),
    )
    .transform((secrets) =>
      secrets.map((one) =>
        typeof one === 'string' ? { id: one, name: one } : { id: one.id, name: one.name ?? one.id },
      ),
    )
    .pipe(fields.secrets)
    .describe(
      "Stored secrets for RUN --mount=type=secret, by name or as {id, name}; never values. Those of a kiln.yaml have to be the project's own",
    ),
  builder: paketoFields.builder,
  run_image: paketoFields.run_image,
  buildpacks: paketoFields.buildpacks,
  env: z
    .record(z.string(), text)
    .pipe(paketoFields.environment)
    .describe('Variables for buildpacks, in quotes where they look like numbers; never secret'),
  bindings: paketoFields.bindings,
  template: packerFields.packer_template.describe('Template of packer, or its path inside `context`'),
  base_images: packerFields.base_images,
  ssh: z
    .array(
      z.union([z.string().min(1).max(200), z.strictObject({ id: z.string().optional(), name: z.string() })]),
    )
    .transform((keys) =>
      keys.map((one) =>
        typeof one === 'string' ? { id: 'default', name: one } : { id: one.id ?? 'default', name: one.name },
      ),
    )
    .pipe(buildxFields.ssh)
    .describe(
      "Stored private keys for RUN --mount=type=ssh, by name or as {id, name}; the id is default unless set. Those of a kiln.yaml have to be the project's own",
    ),
  tests: buildxFields.tests,
  artifacts: buildxFields.artifacts,
  timeout: duration,
  resources: Resources,
  needs: Needs,
};

const destinations = z
  .array(projectDestination)
  .max(20)
  .describe(
    "repository:tag to move on success, or a repository for the tags <build_number> and latest; inside the project's own repositories",
  );

/** What a source says about how it is built: the content of kiln.yaml. Unknown fields are refused. */
export const BuildFile = z
  .strictObject({
    version: z
      .literal(1, 'The version of the format is 1: write "version: 1".')
      .describe('Version of the format'),
  })
  .extend(z.strictObject({ ...settings, destinations }).partial().shape)
  .describe(
    'How a source is built. Flags of the request win over this file, this file over the defaults of the project. A method that is not offered, and fields of another method, are refused.',
  );
export type BuildFile = z.output<typeof BuildFile>;
export type BuildFileInput = z.input<typeof BuildFile>;

/** What a project's builds use where neither request nor build file says otherwise; written as a build file is. */
export const ProjectDefaults = z
  .strictObject({ version: z.literal(1), ...settings })
  .partial()
  .describe('The fields of a build file, without destinations; the project has those itself');
export type ProjectDefaults = z.output<typeof ProjectDefaults>;

/** Under which name a build file has each setting; those that it cannot set are absent. */
export const FILE_FIELDS = {
  method: 'method',
  dockerfile: 'dockerfile',
  build_context: 'context',
  build_args: 'args',
  target_stage: 'target',
  platforms: 'platforms',
  cache_enabled: 'cache.enabled',
  cache_from: 'cache.from',
  cache_to: 'cache.to',
  cache_repo: 'cache.repo',
  secrets: 'secrets',
  builder: 'builder',
  run_image: 'run_image',
  buildpacks: 'buildpacks',
  environment: 'env',
  bindings: 'bindings',
  packer_template: 'template',
  base_images: 'base_images',
  ssh: 'ssh',
  tests: 'tests',
  artifacts: 'artifacts',
  destinations: 'destinations',
  timeout_seconds: 'timeout',
  memory_bytes: 'resources.memory',
  cpu_milli: 'resources.cpus',
  pids: 'resources.pids',
  network: 'resources.network',
  needs: 'needs',
} as const satisfies Partial<Record<keyof Settings, string>>;

/** The settings of a build file under the names that requests and records use. */
export function settingsOfFile(file: BuildFile | ProjectDefaults): Settings {
  const resources = askedResources(file.resources ?? {});
  const named: Record<keyof Settings, unknown> = {
    method: file.method,
    dockerfile: file.dockerfile,
    dockerfile_inline: undefined,
    build_context: file.context,
    build_args: file.args,
    target_stage: file.target,
    platforms: file.platforms,
    cache_enabled: file.cache?.enabled,
    cache_from: file.cache?.from,
    cache_to: file.cache?.to,
    cache_repo: file.cache?.repo,
    registry_repo: undefined,
    secrets: secretsIn(file),
    builder: file.builder,
    run_image: file.run_image,
    buildpacks: file.buildpacks,
    environment: file.env,
    bindings: file.bindings,
    packer_template: file.template,
    base_images: file.base_images,
    ssh: file.ssh,
    tests: file.tests,
    artifacts: file.artifacts,
    destinations: 'destinations' in file ? file.destinations : undefined,
    timeout_seconds: file.timeout === undefined ? undefined : inSeconds(file.timeout),
    memory_bytes: resources.memory_bytes,
    cpu_milli: resources.cpu_milli,
    pids: resources.pids,
    network: resources.network,
    needs: file.needs,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) as Settings;
}

/** Those of RUN steps and those of bindings; which of them fit the method is judged when it is known. */
function secretsIn({ secrets, bindings }: BuildFile | ProjectDefaults): Settings['secrets'] {
  if (secrets === undefined && bindings === undefined) return undefined;
  return [...(secrets ?? []), ...secretsOf(bindings ?? [])];
}
