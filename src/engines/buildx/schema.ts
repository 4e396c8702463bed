import { z } from 'zod';
import { MAX_NAMED_ARTIFACTS, TEST_REPORT_NAME } from '../../domain/builds/artifact.js';
import { parseCache, printCache, type Cache } from '../../domain/builds/cache.js';
import { isSamePlatform } from '../../domain/images/platform.js';
import {
  dockerfileDefaults,
  dockerfileFields,
  pinnedImages,
  replacedImages,
  refuseUnknown,
  secret,
} from '../dockerfile/fields.js';
import { failOnFailures, pathInStage, retention } from '../dockerfile/tests.js';

/** Those that Go, and so BuildKit, knows for Linux; any other name would build an image that nothing runs. */
const ARCHITECTURES = [
  ...['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips', 'mips64', 'mips64le', 'mipsle', 'ppc64', 'ppc64le'],
  ...['riscv64', 's390x'],
];
const PLATFORM = new RegExp(`^linux/(?:${ARCHITECTURES.join('|')})(?:/v[0-9]+)?$`);

const unknown = refuseUnknown({
  environment: 'buildx has no environment of its own: use build_args, or ENV in the Dockerfile.',
  cache_repo: 'cache_repo belongs to kaniko: use cache_from and cache_to.',
});

/** A cache as an object. */
export const CacheObject = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('registry'), ref: z.string() }),
  z.strictObject({ type: z.literal('local'), name: z.string().default('default') }),
  z.strictObject({ type: z.literal('inline') }),
]);

const toRead = z
  .union([z.string(), CacheObject])
  .describe(
    'Image reference of a registry cache, or of an image with an inline cache; type=local,name=NAME for one on the build host; or an object',
  );
const toWrite = z
  .union([z.string(), CacheObject])
  .describe(
    'Image reference of a registry cache; type=local,name=NAME for one on the build host; type=inline for one in the image; or an object',
  );

type Given = z.output<typeof toRead>;
interface Issues {
  addIssue(issue: { code: 'custom'; message: string; path: (string | number)[]; params?: object }): void;
}

/** Caches that are read; what comes out has one spelling (`printCache`). */
const cachesToRead = z
  .array(toRead)
  .max(20)
  .transform((given, issues) => given.map((one, index) => spell(one, [index], issues, refuseInline)))
  .pipe(z.array(z.string()));

/** Caches that are written, one or several. */
const cachesToWrite = z
  .union([toWrite, z.array(toWrite).max(5)])
  .transform((given, issues) =>
    Array.isArray(given) ? given.map((one, index) => spell(one, [index], issues)) : spell(given, [], issues),
  )
  .pipe(z.union([z.string(), z.array(z.string())]));

const sameAs = (one: string) => (other: string) => isSamePlatform(one, other);

/** Kiln adds stages of its own to the Dockerfile, and names them so. */
const stage = dockerfileFields.target_stage
  .regex(/^(?!kiln-)/i, 'Names of stages that begin with kiln- are reserved.')
  .describe('Name of a stage of the Dockerfile');

const artifact = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'An artifact is named with letters, digits, "_", "." and "-".')
    .describe('The name under which it is kept'),
  target: stage,
  path: pathInStage,
  retention: retention.optional(),
});

/** The fields that no other method has. */
const own = {
  cache_from: cachesToRead.describe('Caches to read'),
  cache_to: cachesToWrite.describe('Caches to write; one that cannot be written does not fail the build'),
  ssh: z
    .array(secret)
    .max(20)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, {
      message: 'Two SSH keys have the same id.',
    })
    .describe(
      'Stored private keys for RUN --mount=type=ssh; a mount without id takes the one with the id default',
    ),
  artifacts: z
    .array(artifact)
    .max(MAX_NAMED_ARTIFACTS)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      message: 'Two artifacts have the same name.',
    })
    .describe('Files and folders of stages that are kept with the build'),
  tests: z
    .strictObject({
      target: stage.optional(),
      reports: pathInStage.optional(),
      fail_on_failures: failOnFailures.optional(),
      retention: retention.optional(),
    })
    .refine(
      ({ target, reports }) => target !== undefined || reports !== undefined,
      'Name a stage to build (target), where the reports are (reports), or both.',
    )
    .refine(({ reports, fail_on_failures: fails }) => reports !== undefined || fails === undefined, {
      path: ['reports'],
      message: 'fail_on_failures is about reports: say where they are.',
    })
    .refine(({ reports, retention: keep }) => reports !== undefined || keep === undefined, {
      path: ['reports'],
      message: 'retention is about reports: say where they are.',
    })
    .describe(
      'A stage that is built before the image is published, and fails the build where a step of it fails; `reports` in JUnit XML (a file or folder of the stage, or of the image where no stage is named) are read and kept',
    ),
  platforms: z
    .array(
      z
        .string()
        .regex(PLATFORM, `A platform looks like linux/amd64. Architectures are ${ARCHITECTURES.join(', ')}.`),
    )
    .max(16, 'At most 16 platforms.')
    .refine((platforms) => platforms.every((one, at) => !platforms.slice(0, at).some(sameAs(one))), {
      message: 'A platform is named twice.',
    })
    .describe("The builder's own platform unless set; several make one index of an image for each"),
};

/** The fields of the method, without defaults. */
export const buildxFields = { ...dockerfileFields, ...own };

/** Options of the method buildx as somebody sets them, named as the columns of build_configs. Unknown keys are refused. */
export const buildxSettings = z.strictObject(buildxFields, unknown).partial();

/** All options of the method buildx: what was set, and the built-in values of the rest. */
export const buildxOptions = z
  .strictObject(
    {
      ...dockerfileDefaults,
      cache_from: own.cache_from.default([]),
      cache_to: own.cache_to.default([]),
      ssh: own.ssh.default([]),
      platforms: own.platforms.default([]),
      artifacts: own.artifacts.default([]),
      tests: own.tests.optional(),
      pinned_images: pinnedImages,
      replaced_images: replacedImages,
    },
    unknown,
  )
  .refine((options) => options.cache_enabled || options.cache_from.length === 0, {
    path: ['cache_from'],
    message: 'cache_from is of no use with cache_enabled false: leave one of them out.',
  })
  .refine(
    ({ artifacts, tests }) =>
      tests?.reports === undefined || artifacts.every(({ name }) => name !== TEST_REPORT_NAME),
    {
      path: ['artifacts'],
      message: `The reports of the tests are kept as ${TEST_REPORT_NAME}: give the artifact another name.`,
    },
  );

export type BuildxOptions = z.output<typeof buildxOptions>;

function spell(
  given: Given,
  path: number[],
  issues: Issues,
  refuse?: (cache: Cache) => string | null,
): string {
  const text = typeof given === 'string' ? given : printCache(given);
  try {
    const cache = parseCache(text);
    const message = refuse?.(cache) ?? null;
    if (message !== null) issues.addIssue({ code: 'custom', message, path });
    return printCache(cache);
  } catch (error) {
    const { message, code } = error as { message: string; code?: unknown };
    issues.addIssue({ code: 'custom', message, path, params: { code } });
    return text;
  }
}

function refuseInline({ type }: Cache): string | null {
  return type === 'inline' ? 'An inline cache is in an image: name that image, as REPOSITORY:TAG.' : null;
}
