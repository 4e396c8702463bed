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
export function driveQueue(
  db: Database,
  dispatcher: Dispatcher,
  load: { grants: number; onRelease?: (tookMs: number) => void },
): Promise<void>;
export function jainIndex(values: readonly number[]): number;
