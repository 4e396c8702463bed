import { type RawBuilder, sql } from 'kysely';
import type { Database, Tx } from '../database.js';

/** Examples of what is wrong that a check names. */
export const NAMED_EXAMPLES = 10;

/** What a check found. `examples` name up to NAMED_EXAMPLES of what is wrong. */
export interface CheckResult {
  readonly name: string;
  /** The invariant, in a sentence that holds when nothing is wrong. */
  readonly holds: string;
  readonly wrong: number;
  readonly examples: readonly string[];
  /** How far it looked where it did not look at everything, or why it did not look at all. */
  readonly note?: string;
}

/** An invariant that one query can judge: a row, with a text `what`, for each thing that breaks it. */
export interface RowCheck {
  readonly name: string;
  readonly holds: string;
  readonly broken: RawBuilder<{ what: string }>;
}

/** Runs the checks on one database. */
export async function judgeRows(db: Database | Tx, checks: readonly RowCheck[]): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { name, holds, broken } of checks) {
    const { rows } = await sql<{ what: string; total: number }>`
      SELECT what, (count(*) OVER ())::int AS total FROM (${broken}) AS broken
      ORDER BY what LIMIT ${NAMED_EXAMPLES}`.execute(db);
    results.push({ name, holds, wrong: rows[0]?.total ?? 0, examples: rows.map(({ what }) => what) });
  }
  return results;
}

/** Collects what is wrong one by one. */
export class Findings {
  wrong = 0;
  readonly examples: string[] = [];

  add(what: string): void {
    this.wrong += 1;
    if (this.examples.length < NAMED_EXAMPLES) this.examples.push(what);
  }
}
