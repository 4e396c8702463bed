import { z } from 'zod';
import { EXPLORATION_STATES } from '../domain/images/exploration.js';
import { ScanState, SbomState } from './inspections.js';

const id = z.uuid();
const timestamp = z.iso.datetime({ offset: true });
const count = z.int().min(0);

/** Whether the layers of an image were looked into, and what that came to. */
export const Exploration = z.strictObject({
  state: z
    .enum(EXPLORATION_STATES)
    .describe('pending until its layers were looked into, which is done once for each digest'),
  failure_reason: z
    .string()
    .nullable()
    .describe('of a pending one: why the last try came to nothing; another one follows'),
  note: z.string().nullable().describe('what was left out'),
  requested_at: timestamp.nullable().describe('null where nobody has asked for it: a later build of it does'),
  ended_at: timestamp.nullable(),
  usual_seconds: z
    .number()
    .nullable()
    .describe('how long it took for other images; null while none was done'),
  file_size_bytes: count.nullable().describe('of the files of all layers'),
  wasted_bytes: count.nullable().describe('of those, files that a later layer holds again or hides'),
  efficiency: z.number().nullable().describe('the share of the bytes that the image shows'),
});
export type Exploration = z.infer<typeof Exploration>;

/** An image that builds have made: one for each project and digest. */
export const Image = z.strictObject({
  id,
  project: z.string().describe('slug of the project'),
  manifest_digest: z.string(),
  image_repository: z.string(),
  tags: z.array(z.string()).describe('repository:tag that were last pointed at it'),
  platforms: z.array(z.string()).describe('several of an index'),
  total_layer_count: count.describe('of an index of all its platforms'),
  compressed_size_bytes: count,
  uncompressed_size_bytes: count.nullable(),
  packages_count: count.nullable().describe('null without a package database that can be read'),
  created_at: timestamp,
  last_built_at: timestamp,
  deleted_at: timestamp.nullable().describe('since when no registry of the project has it any more'),
  first_build_id: id,
  last_build_id: id,
  last_build_number: z.int().min(1),
  exploration_state: z.enum(EXPLORATION_STATES).nullable(),
});
export type Image = z.infer<typeof Image>;

/** An image with what it is run with. */
export const ImageDetail = Image.extend({
  config_digest: z.string().nullable().describe('null of an index, as are the settings'),
  entrypoint: z.array(z.string()).nullable(),
  cmd: z.array(z.string()).nullable(),
  env_vars: z.array(z.string()).nullable(),
  working_dir: z.string().nullable(),
  exploration: Exploration,
  sbom: SbomState,
  scan: ScanState,
  platform_images: z
    .array(z.strictObject({ id, platform: z.string().nullable(), manifest_digest: z.string() }))
    .describe('of an index'),
});
export type ImageDetail = z.infer<typeof ImageDetail>;

/** A file or a folder with what is below it. */
export const ImageFile = z.strictObject({
  path: z.string().describe('from the root of the image; empty for the root itself'),
  kind: z.enum(['file', 'folder', 'link', 'hard_link', 'other']),
  size_bytes: count.describe('of a folder with all that is below'),
  file_count: count,
  layer_number: z.int().min(1).nullable(),
  change: z.enum(['added', 'changed', 'removed']).nullable().describe('what the layer asked for did to it'),
  left_out_bytes: count.describe('of a folder: what is below it and not listed'),
});
export type ImageFile = z.infer<typeof ImageFile>;

const settingDifference = z.strictObject({
  setting: z.string().describe('platform, base_image, entrypoint, cmd, working_dir, or `env NAME`'),
  before: z.string().nullable(),
  after: z.string().nullable(),
});

const layerDifference = z.strictObject({
  change: z.enum(['same', 'moved', 'added', 'removed']).describe('moved: both have it, among other layers'),
  layer_number: z.int().min(1).describe('in the other image; of one that is removed, in the first'),
  moved_from: z.int().min(1).nullable().describe('of one that has moved, its number in the first'),
  layer_digest: z.string(),
  layer_size_bytes: count,
  created_by: z.string().nullable(),
});

const comparedImage = z.strictObject({
  id,
  manifest_digest: z.string(),
  platform: z.string().nullable(),
  compressed_size_bytes: count,
  uncompressed_size_bytes: count.nullable(),
});

/** How one image differs from another. */
export const ImageDifference = z.strictObject({
  before: comparedImage,
  after: comparedImage,
  layers: z.array(layerDifference).describe('from the base up, with as many of both side by side as can be'),
  settings: z.array(settingDifference),
  packages: z
    .array(z.strictObject({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
    .nullable()
    .describe('null where the packages of one are not known; empty where neither has a package database'),
  files: z
    .strictObject({
      added: count,
      changed: count,
      removed: count,
      added_bytes: count,
      changed_bytes: z.int().describe('what changed files are larger by'),
      removed_bytes: count,
      biggest: z.array(
        z.strictObject({
          path: z.string(),
          before_bytes: count.nullable(),
          after_bytes: count.nullable(),
        }),
      ),
    })
    .nullable()
    .describe('null where nobody has looked into one of them'),
});
export type ImageDifference = z.infer<typeof ImageDifference>;
