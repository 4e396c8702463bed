import type { ErrorRule } from './error-table.js';

/** Errors of gates; part of the one table. */
export const GATE_ERRORS = {
  publication_rejected: {
    status: 409,
    retryable: false,
    text: 'The publication of the image was rejected.',
    fix: 'Change what the reason names and build again. `kiln retry BUILD --from publish` asks for the same image once more, as long as it is kept.',
  },
  approval_expired: {
    status: 409,
    retryable: true,
    text: 'Nobody approved the image in time.',
    fix: '`kiln retry BUILD --from publish` asks again, without building. `kiln projects set PROJECT --gate-expiry 48h` gives more time.',
  },
} as const satisfies Record<string, ErrorRule>;
