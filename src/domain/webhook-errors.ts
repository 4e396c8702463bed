import type { ErrorRule } from './error-table.js';

/** The part of the table of errors that is about webhooks. */
export const WEBHOOK_ERRORS = {
  signature_invalid: {
    status: 401,
    retryable: false,
    text: 'The secret of the webhook has not signed this request.',
    fix: 'Set the same secret on both sides: `kiln webhooks rotate WEBHOOK` makes a new one and shows it once.',
  },
  too_many_unsigned: {
    status: 429,
    retryable: true,
    text: 'Too many requests came to this webhook that its secret has not signed.',
    fix: 'Set the same secret on both sides, and wait a minute. What is signed is taken all the time.',
  },
  delivery_refused: {
    status: 422,
    retryable: false,
    text: 'The delivery cannot be used.',
    fix: 'Correct what is named in the settings of the webhook, here or at the git host, then send it again or `kiln webhooks replay` it.',
  },
} as const satisfies Record<string, ErrorRule>;
