import { milliseconds } from './values.js';

/** Of the processes that grant and renew leases. */
export const LEASE_VARIABLES = {
  KILN_LEASE_TTL_MS: milliseconds
    .default(15_000)
    .describe('How long a lease holds without a renewal, in milliseconds.'),
};
