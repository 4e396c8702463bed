import { z } from 'zod';
import { parseCache, printCache, type Cache } from '../../domain/builds/cache.js';
import { isSamePlatform } from '../../domain/images/platform.js';
import { dockerfileDefaults, dockerfileFields, refuseUnknown } from '../dockerfile/fields.js';

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

/** The fields that no other method has. */
const own = {
  cache_from: cachesToRead.describe('Caches to read'),
  cache_to: cachesToWrite.describe('Caches to write; one that cannot be written does not fail the build'),
  platforms: z
    .array(z.string().regex(/^linux\/[a-z0-9]+(?:\/v[0-9]+)?$/, 'A platform looks like linux/amd64.'))
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
      platforms: own.platforms.default([]),
    },
    unknown,
  )
  .refine((options) => options.cache_enabled || options.cache_from.length === 0, {
    path: ['cache_from'],
    message: 'cache_from is of no use with cache_enabled false: leave one of them out.',
  });

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
