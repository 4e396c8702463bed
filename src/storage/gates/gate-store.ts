import type { GateStore } from '../../ports/gates.js';
import type { Database } from '../database.js';
import { decideGate } from './decide-gate.js';

/** The api's side of gates. Works under the role kiln_api. */
export function createGateStore(db: Database): GateStore {
  return { decide: (tenant, decision) => decideGate(db, tenant, decision) };
}
