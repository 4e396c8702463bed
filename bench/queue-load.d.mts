import type { Database } from '../src/storage/database.js';
import type { Dispatcher } from '../src/ports/dispatch.js';

export function seedQueue(
  db: Database,
  load: { tenants: number; builds: number; projects?: number; method?: string },
): Promise<string[]>;
export function seedWorkers(
  db: Database,
  load: { workers: number; slots: number; methods?: string[] },
): Promise<string[]>;
/** A lease that is valid, with its build's place in the line of its tenant. */
export interface ValidLease {
  readonly tenant: string;
  readonly project: string;
  readonly worker: string;
  readonly place: number;
}
export function driveQueue(
  db: Database,
  dispatcher: Dispatcher,
  load: { rounds: number; durationMs: number; onRound: (leases: readonly ValidLease[]) => void },
): Promise<void>;
export function jainIndex(values: readonly number[]): number;
