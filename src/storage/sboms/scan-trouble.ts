import { KilnError } from '../../domain/errors.js';
import type { GatePolicy } from '../../domain/gates/gate-policy.js';
import type { Database, Tx } from '../database.js';
import { storableOrNull } from '../storable.js';
import { transact } from '../transact.js';

/** Writes down why no image can be scanned; null where they can. */
export async function noteScanTrouble(db: Database, trouble: string | null): Promise<void> {
  await transact(db, (tx) =>
    tx
      .updateTable('installation')
      .set({ scan_trouble: storableOrNull(trouble) })
      .execute(),
  );
}

/** Raises `scan_unavailable` for a build that its gate would fail for want of a scan. One that it would hold a person can still let through. */
export async function refuseUnscannable(tx: Tx, gate: GatePolicy | null): Promise<void> {
  if (gate === null || gate.fail_on_severity === null) return;
  const row = await tx.selectFrom('installation').select('scan_trouble').executeTakeFirst();
  const trouble = row?.scan_trouble ?? null;
  if (trouble === null) return;
  throw new KilnError('scan_unavailable', {
    message: `The gate of the project fails builds that cannot be scanned, and none can be: ${trouble}`,
    fix: 'Install what is missing on the host of the controller, which looks for it a few times a minute. `kiln projects set PROJECT --gate-fail-on none` asks for no scan.',
  });
}
