import type { Publication } from '../publications.js';
import { FINISHED_BUILD } from './builds.js';
import { at } from './names.js';

export const PUBLICATIONS: readonly Publication[] = [
  {
    repository: 'registry.example.com/team/app',
    manifest_digest: FINISHED_BUILD.result.output_image_digest ?? '',
    status: 'copied',
    total_blobs: 3,
    mounted_blobs: 2,
    existing_blobs: 0,
    uploaded_blobs: 1,
    total_bytes: 35_651_800,
    spared_bytes: 31_457_496,
    sent_bytes: 4_194_304,
    waiting_reason: null,
    started_at: at(12),
    completed_at: at(13),
    removed_at: null,
    not_served_at: null,
    tidy_due_at: null,
    tidy_trouble: null,
  },
];
