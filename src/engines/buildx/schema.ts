import { z } from 'zod';
import { isSamePlatform } from '../../domain/images/platform.js';
import { cacheReference, dockerfileDefaults, dockerfileFields, refuseUnknown } from '../dockerfile/fields.js';

const unknown = refuseUnknown({
  environment: 'buildx has no environment of its own: use build_args, or ENV in the Dockerfile.',
  cache_repo: 'cache_repo belongs to kaniko: use cache_from and cache_to.',
});

const sameAs = (one: string) => (other: string) => isSamePlatform(one, other);

/** The fields that no other method has. */
const own = {
  cache_from: z.array(cacheReference).max(20).describe('Registry caches to read'),
  cache_to: z
    .union([cacheReference, z.array(cacheReference).max(5)])
    .describe('Registry caches to write; a failure to write one does not fail the build'),
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
