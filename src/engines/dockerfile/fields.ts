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

/** A path inside the source or a folder of it. */
export const contextPath = judged(parseContextPath);

/** An image that a method needs; the registry is judged and opened as that of a base image is. */
export const imageReference = judged((text) => {
  parseReference(text);
});

/** Of a rebuild: `reference@digest` of the images that their names are to stand for. Nobody sets it. */
export const pinnedImages = z.array(imageReference).max(50).optional();

/** Of a what-if: by reference, with registry and tag, what takes the place of an image of the Dockerfile. Nobody sets it. */
export const replacedImages = z.record(imageReference, imageReference).optional();

/** A cache lives in a registry: no file of the host can be named. */
export const cacheReference = judged((text) => {
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

/** A stored secret under the id that instructions name it by. */
export const secret = z.strictObject({
  id: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'A secret id has letters, digits, "_", "." and "-".')
    .describe('The id that RUN --mount=type=secret,id=... names'),
  name: z.string().min(1).max(200).describe('The name under which the platform keeps the secret'),
});

/** What every method that builds from a Dockerfile can be told, named as the columns of build_configs, without defaults. */
export const dockerfileFields = {
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
  secrets: z
    .array(secret)
    .max(50)
    .refine((secrets) => new Set(secrets.map(({ id }) => id)).size === secrets.length, {
      message: 'Two secrets have the same id.',
    })
    .describe('References to stored secrets, never values'),
};

/** The same fields, filled in: what was set, and the built-in values of the rest. */
export const dockerfileDefaults = {
  dockerfile: dockerfileFields.dockerfile.default('Dockerfile'),
  dockerfile_inline: dockerfileFields.dockerfile_inline.optional(),
  build_context: dockerfileFields.build_context.default('.'),
  build_args: dockerfileFields.build_args.default({}),
  target_stage: dockerfileFields.target_stage.optional(),
  cache_enabled: dockerfileFields.cache_enabled.default(true),
  secrets: dockerfileFields.secrets.default([]),
};

export type DockerfileOptions = z.output<z.ZodObject<typeof dockerfileDefaults>>;

/**
 * Words for options that do not belong to a method: what to use instead where `hints` knows it, else the names of those that are
 * unknown.
 */
export function refuseUnknown(hints: Readonly<Record<string, string>>) {
  return {
    error: (issue: { code?: string; keys?: readonly string[] }) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const keys = issue.keys ?? [];
      const hint = keys.map((key) => hints[key] ?? belonging(key)).find((text) => text !== undefined);
      return hint ?? `Unknown option: ${keys.map((key) => JSON.stringify(key)).join(', ')}.`;
    },
  };
}

/** Whose an option is that one method alone has. */
const METHOD_OF: Readonly<Record<string, string>> = {
  cache_from: 'buildx',
  cache_to: 'buildx',
  ssh: 'buildx',
  artifacts: 'buildx',
  platforms: 'buildx',
  cache_repo: 'kaniko',
  registry_repo: 'kaniko',
  builder: 'paketo',
  run_image: 'paketo',
  buildpacks: 'paketo',
  environment: 'paketo',
  bindings: 'paketo',
  packer_template: 'packer',
  base_images: 'packer',
};

function belonging(key: string): string | undefined {
  const method = Object.hasOwn(METHOD_OF, key) ? METHOD_OF[key] : undefined;
  return method && `${key} belongs to ${method}: build with that method, or leave it out.`;
}

/** What a person reads when a Dockerfile asks for a frontend that is not allowed. */
function foreignFrontend(reference: string, line: number): string {
  return `Line ${line} asks for the frontend ${JSON.stringify(reference.slice(0, 200))}, which would run inside the builder; only docker/dockerfile:1 is allowed. Remove the syntax line.`;
}
