import { z } from 'zod';
import { parseContextPath } from '../../domain/images/context-path.js';
import { findFrontend, isAllowedFrontend } from '../../domain/images/dockerfile-frontend.js';
import { parseReference } from '../../domain/images/reference.js';

/** A field whose text is judged by a domain parser; the parser's message and code are those of the issue. */
function judged(parser: (text: string) => unknown) {
  return z.string().superRefine((text, context) => {
    try {
      parser(text);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: (error as Error).message,
        params: { code: (error as { code?: unknown }).code },
      });
    }
  });
}

const contextPath = judged(parseContextPath);

/** A cache lives in a registry: files of the host and BuildKit's other cache types cannot be named. */
const cacheReference = judged((text) => {
  parseReference(text);
}).describe('Image reference of a registry cache, such as localhost:5000/cache/app:main');

/** Why a build argument may not have this name; null when it may. */
function buildArgTrouble(name: string): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(name)) {
    return 'A build argument is named with letters, digits and "_".';
  }
  if (/^BUILDKIT_/i.test(name)) {
    return 'Names that begin with BUILDKIT_ steer the builder itself and are reserved.';
  }
  return null;
}

const withoutNul = (text: string): boolean => !text.includes('\u0000');

const secret = z.strictObject({
  id: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'A secret id has letters, digits, "_", "." and "-".')
    .describe('The id that RUN --mount=type=secret,id=... names'),
  name: z.string().min(1).max(200).describe('The name under which the platform keeps the secret'),
});

const HINTS: Readonly<Record<string, string>> = {
  environment: 'buildx has no environment of its own: use build_args, or ENV in the Dockerfile.',
  cache_repo: 'cache_repo belongs to kaniko: use cache_from and cache_to.',
};

/** The fields of the method, without defaults. */
export const buildxFields = {
  dockerfile: contextPath.describe('Path of the Dockerfile inside build_context; Dockerfile unless set'),
  dockerfile_inline: z
    .string()
    .min(1)
    .max(256 * 1024)
    .superRefine((text, context) => {
      const frontend = findFrontend(text);
      if (frontend === null || isAllowedFrontend(frontend.reference)) return;
      context.addIssue({ code: 'custom', message: foreignFrontend(frontend.reference, frontend.line) });
    })
    .describe('Content of the Dockerfile; takes the place of `dockerfile`'),
  build_context: contextPath.describe('Folder of the source that is the build context; . unless set'),
  build_args: z
    .record(z.string(), z.string().max(32_768).refine(withoutNul, 'A value may not hold NUL.'))
    .superRefine((args, context) => {
      for (const name of Object.keys(args)) {
        const message = buildArgTrouble(name);
        if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
      }
    })
    .refine((args) => Object.keys(args).length <= 200, 'At most 200 build arguments.')
    .describe('Values of ARG instructions; never secret, they end up in the image history'),
  target_stage: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'A stage is named with letters, digits, "_", "." and "-".')
    .describe('Stage to build; the last one unless set'),
  cache_enabled: z.boolean().describe('false runs every step anew; true unless set'),
  cache_from: z.array(cacheReference).max(20).describe('Registry caches to read'),
  cache_to: z
    .union([cacheReference, z.array(cacheReference).max(5)])
    .describe('Registry caches to write; a failure to write one does not fail the build'),
  secrets: z
    .array(secret)
    .max(50)
    .refine((secrets) => new Set(secrets.map(({ id }) => id)).size === secrets.length, {
      message: 'Two secrets have the same id.',
    })
    .describe('References to stored secrets, never values'),
  platforms: z
    .array(z.string().regex(/^linux\/[a-z0-9]+(?:\/v[0-9]+)?$/, 'A platform looks like linux/amd64.'))
    .max(1, 'Only one platform per build for now: start one build for each platform.')
    .describe("The builder's own platform unless set"),
};

const refuseUnknown = {
  error: (issue: { code?: string; keys?: readonly string[] }) =>
    issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys ?? []) : undefined,
};

/** Options of the method buildx as somebody sets them, named as the columns of build_configs. Unknown keys are refused. */
export const buildxSettings = z.strictObject(buildxFields, refuseUnknown).partial();

/** All options of the method buildx: what was set, and the built-in values of the rest. */
export const buildxOptions = z
  .strictObject(
    {
      ...buildxFields,
      dockerfile: buildxFields.dockerfile.default('Dockerfile'),
      dockerfile_inline: buildxFields.dockerfile_inline.optional(),
      build_context: buildxFields.build_context.default('.'),
      build_args: buildxFields.build_args.default({}),
      target_stage: buildxFields.target_stage.optional(),
      cache_enabled: buildxFields.cache_enabled.default(true),
      cache_from: buildxFields.cache_from.default([]),
      cache_to: buildxFields.cache_to.default([]),
      secrets: buildxFields.secrets.default([]),
      platforms: buildxFields.platforms.default([]),
    },
    refuseUnknown,
  )
  .refine((options) => options.cache_enabled || options.cache_from.length === 0, {
    path: ['cache_from'],
    message: 'cache_from is of no use with cache_enabled false: leave one of them out.',
  });

export type BuildxOptions = z.output<typeof buildxOptions>;

/** What a person reads when a Dockerfile asks for a frontend that is not allowed. */
export function foreignFrontend(reference: string, line: number): string {
  return `Line ${line} asks for the frontend ${JSON.stringify(reference.slice(0, 200))}, which would run inside the builder; only docker/dockerfile:1 is allowed. Remove the syntax line.`;
}

function unknownKeys(keys: readonly string[]): string {
  const hint = keys.map((key) => HINTS[key]).find((text) => text !== undefined);
  return hint ?? `Unknown option: ${keys.map((key) => JSON.stringify(key)).join(', ')}.`;
}
