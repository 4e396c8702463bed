import type { Image, ImageDetail, ImageDifference, ImageFile } from '../images.js';
import {
  at,
  BASE_LAYER_DIGEST,
  BUILD_ID,
  IMAGE_ID,
  MANIFEST_DIGEST,
  OTHER_IMAGE_ID,
  OTHER_MANIFEST_DIGEST,
  OWN_LAYER_DIGEST,
  PROJECT,
  REPOSITORY,
} from './names.js';

export const IMAGE: Image = {
  id: IMAGE_ID,
  project: PROJECT,
  manifest_digest: MANIFEST_DIGEST,
  image_repository: REPOSITORY,
  tags: [`${REPOSITORY}:1.2`],
  platforms: ['linux/amd64'],
  total_layer_count: 2,
  compressed_size_bytes: 35_651_584,
  uncompressed_size_bytes: 93_323_264,
  packages_count: 88,
  created_at: at(13),
  last_built_at: at(13),
  deleted_at: null,
  first_build_id: BUILD_ID,
  last_build_id: BUILD_ID,
  last_build_number: 3,
  exploration_state: 'explored',
};

export const IMAGE_DETAIL: ImageDetail = {
  ...IMAGE,
  config_digest: 'sha256:e2d94c07b81f36a5f0c1d87e92b46a3508d7f19cb2e6045a3c81d90f7e4b26a1',
  entrypoint: ['/app'],
  cmd: null,
  env_vars: ['PATH=/usr/local/bin:/usr/bin:/bin'],
  working_dir: '/',
  exploration: {
    state: 'explored',
    failure_reason: null,
    note: null,
    requested_at: at(13),
    ended_at: at(15),
    usual_seconds: 2.4,
    file_size_bytes: 91_750_400,
    wasted_bytes: 12_288,
    efficiency: 0.9999,
  },
  sbom: { state: 'made', tool: 'syft 1.18.1', failure_reason: null, note: null },
  scan: {
    state: 'scanned',
    scanned_at: at(17),
    tool: 'grype 0.121.3',
    counts: { critical: 0, high: 1, medium: 0, low: 0, negligible: 0, unknown: 0 },
    failure_reason: null,
  },
  platform_images: [],
};

const FOLDER = { kind: 'folder', layer_number: null, change: null } as const;

export const FILES: readonly ImageFile[] = [
  { ...FOLDER, path: '', size_bytes: 91_738_112, file_count: 4_211, left_out_bytes: 21_168_128 },
  { ...FOLDER, path: 'usr', size_bytes: 61_132_800, file_count: 3_640, left_out_bytes: 8_704_000 },
  { ...FOLDER, path: 'usr/lib', size_bytes: 52_428_800, file_count: 2_310, left_out_bytes: 52_428_800 },
  {
    path: 'app',
    kind: 'file',
    size_bytes: 9_437_184,
    file_count: 1,
    layer_number: 2,
    change: null,
    left_out_bytes: 0,
  },
];

export const DIFFERENCE: ImageDifference = {
  before: {
    id: IMAGE_ID,
    manifest_digest: MANIFEST_DIGEST,
    platform: 'linux/amd64',
    compressed_size_bytes: 35_651_584,
    uncompressed_size_bytes: 93_323_264,
  },
  after: {
    id: OTHER_IMAGE_ID,
    manifest_digest: OTHER_MANIFEST_DIGEST,
    platform: 'linux/amd64',
    compressed_size_bytes: 31_457_280,
    uncompressed_size_bytes: 83_886_080,
  },
  layers: [
    {
      change: 'same',
      layer_number: 1,
      layer_digest: BASE_LAYER_DIGEST,
      layer_size_bytes: 31_457_280,
      created_by: null,
    },
    {
      change: 'removed',
      layer_number: 2,
      layer_digest: OWN_LAYER_DIGEST,
      layer_size_bytes: 4_194_304,
      created_by: 'RUN go build -o /app',
    },
  ],
  settings: [{ setting: 'entrypoint', before: '["/app"]', after: null }],
  packages: [],
  files: {
    added: 0,
    changed: 0,
    removed: 1,
    added_bytes: 0,
    changed_bytes: 0,
    removed_bytes: 9_437_184,
    biggest: [{ path: 'app', before_bytes: 9_437_184, after_bytes: null }],
  },
};
