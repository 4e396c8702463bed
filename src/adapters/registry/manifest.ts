import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import { isDigest } from '../../domain/images/reference.js';

const digest = z.string().refine(isDigest);
const descriptor = z.object({
  mediaType: z.string().default('application/octet-stream'),
  digest,
  size: z.number().int().nonnegative(),
  urls: z.array(z.string()).optional(),
});

const imageManifest = z.object({
  mediaType: z.string().optional(),
  config: descriptor,
  /** Null of an image that has none, such as one that only sets variables. */
  layers: z
    .array(descriptor)
    .nullish()
    .transform((layers) => layers ?? []),
});

const imageIndex = z.object({
  mediaType: z.string().optional(),
  manifests: z.array(
    descriptor.extend({
      platform: z
        .object({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
        .optional(),
    }),
  ),
});

const imageConfig = z.object({
  os: z.string().optional(),
  architecture: z.string().optional(),
  variant: z.string().optional(),
  config: z
    .object({
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      Env: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      User: z.string().nullish(),
      Labels: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  rootfs: z.object({ diff_ids: z.array(z.string()).nullish() }).nullish(),
  history: z
    .array(z.object({ created_by: z.string().optional(), empty_layer: z.boolean().optional() }))
    .nullish(),
});

export type Descriptor = z.output<typeof descriptor>;
export type ImageManifest = z.output<typeof imageManifest>;
export type ImageIndex = z.output<typeof imageIndex>;
export type ImageConfig = z.output<typeof imageConfig>;

/** What a registry may send for a manifest: OCI and Docker, image and index. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** A manifest as the registry serves it; `bytes` are what its digest was taken of. */
export interface ServedManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly content: { readonly image: ImageManifest } | { readonly index: ImageIndex };
}

/** Reads a manifest or an index; raises `registry_failed` when it is neither. */
export function readManifest(bytes: Buffer): ServedManifest['content'] {
  const value = json(bytes);
  const index = imageIndex.safeParse(value);
  if (index.success) return { index: index.data };
  const image = imageManifest.safeParse(value);
  if (image.success) return { image: image.data };
  throw new KilnError('registry_failed', {
    message:
      'The registry serves a manifest of a kind that Kiln does not know. Push the image as an OCI or Docker v2 manifest.',
    detail: image.error.message,
  });
}

/** Reads an image's config; raises `registry_failed` when it is none. */
export function readConfig(bytes: Buffer): ImageConfig {
  const config = imageConfig.safeParse(json(bytes));
  if (config.success) return config.data;
  throw new KilnError('registry_failed', {
    message: 'The registry serves an image whose config cannot be read.',
    detail: config.error.message,
  });
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
