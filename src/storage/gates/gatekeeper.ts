import type { Gatekeeper } from '../../ports/gates.js';
import type { Database } from '../database.js';
import { DISPATCH_DEFAULTS, type DispatchOptions } from '../dispatch/options.js';
import { transact } from '../transact.js';
import { passGate } from './pass-gate.js';
import { readImageAtGate } from './read-image-at-gate.js';

/** The controller's side of gates. Needs the role kiln_controller. */
export function createGatekeeper(db: Database, given: Partial<DispatchOptions> = {}): Gatekeeper {
  const options = { ...DISPATCH_DEFAULTS, ...given };
  return {
    read: (buildId) => transact(db, (tx) => readImageAtGate(tx, buildId)),
    pass: (lease, findings, refusal = null) => passGate(db, lease, { findings, refusal }, options),
  };
}
