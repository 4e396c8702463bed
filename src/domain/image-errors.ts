import type { ErrorRule } from './error-table.js';
import { INSPECTION_ERRORS } from './inspection-errors.js';

/** The part of the table of errors that is about what is in images. */
export const IMAGE_ERRORS = {
  ...INSPECTION_ERRORS,
  not_explored: {
    status: 409,
    retryable: true,
    text: 'Nobody has looked into the layers of this image yet.',
    fix: 'Ask again in a few seconds, or with --wait; `kiln layers` says how far it is. An image of an older Kiln is looked into with its next build.',
  },
  exploration_failed: {
    status: 409,
    retryable: false,
    text: 'The layers of this image could not be read.',
    fix: '`kiln layers` says why. Build the image again once the reason is gone.',
  },
} as const satisfies Record<string, ErrorRule>;
