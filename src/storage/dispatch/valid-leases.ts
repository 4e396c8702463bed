import { LEASE_STATE, type LeaseState } from '../../domain/dispatch/lease.js';

/** The states in which a lease gives rights. */
export const VALID_STATES = (Object.keys(LEASE_STATE) as LeaseState[]).filter(
  (state) => LEASE_STATE[state].valid,
);
