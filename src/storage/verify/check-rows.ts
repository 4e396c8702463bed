import type { Tx } from '../database.js';
import { BUILD_CHECKS } from './build-checks.js';
import { type CheckResult, judgeRows } from './check.js';
import { LEASE_CHECKS } from './lease-checks.js';
import { checkLogs } from './log-checks.js';

/** Every invariant that the rows alone can show. Needs the role kiln_controller; takes one view of the rows (`snapshot`). */
export async function checkRows(tx: Tx, options: { readonly all: boolean }): Promise<CheckResult[]> {
  return [
    ...(await judgeRows(tx, [...BUILD_CHECKS, ...LEASE_CHECKS])),
    ...(await checkLogs(tx, options.all)),
  ];
}
