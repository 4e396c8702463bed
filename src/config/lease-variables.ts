import { z } from 'zod';
import { milliseconds } from './values.js';

/** Of the processes that grant and renew leases. */
export const LEASE_VARIABLES = {
  KILN_LEASE_TTL_MS: milliseconds
    .default(10_000)
    .describe('How long a lease holds without a renewal, in milliseconds.'),
  KILN_WORKER_SILENCE_MS: milliseconds
    .default(30_000)
    .describe('A worker is offline after this long without a heartbeat, in milliseconds.'),
};

/** Of the process that grants leases. */
export const GRANT_VARIABLES = {
  KILN_ACK_TTL_MS: milliseconds
    .default(10_000)
    .describe('How long a granted lease waits to be acknowledged, in milliseconds.'),
  KILN_QUARANTINE_SECONDS: z.coerce
    .number('expected seconds')
    .int()
    .min(0)
    .max(86_400)
    .default(300)
    .describe(
      'How long a worker gets no builds that has lost three of them within ten minutes, and more than it has slots; 0 for not at all.',
    ),
};
