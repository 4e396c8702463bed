import { type Selectable, sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { Sealed, SealedFor, Sealer } from '../../ports/secrets.js';
import type { Database, Tx } from '../database.js';
import { lockKeys } from '../locks.js';
import type { NotificationTargetsTable } from '../schema/notifications.js';
import type { CredentialsTable, SecretsTable } from '../schema/secrets.js';
import type { WebhookConfigsTable } from '../schema/webhooks.js';
import { transact } from '../transact.js';
import {
  credentialBelongsTo,
  notificationBelongsTo,
  sealedOf,
  secretBelongsTo,
  webhookBelongsTo,
} from './belongs-to.js';

const BATCH_ROWS = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

const TABLES = ['secrets', 'credentials', 'webhook_configs', 'notification_targets'] as const;
type Row =
  | Selectable<SecretsTable>
  | Selectable<CredentialsTable>
  | Selectable<WebhookConfigsTable>
  | Selectable<NotificationTargetsTable>;

/** What came of a pass over all values. `unreadable`: their key is not in the keyring, so they stay as they are. */
export interface RewrapReport {
  readonly rewrapped: number;
  readonly unreadable: number;
}

/** How many stored values each master key wraps. Needs the role kiln_controller. */
export async function countByKey(db: Database | Tx): Promise<Map<string, number>> {
  const { rows } = await sql<{ key_id: string; values: number }>`
    SELECT key_id, count(*) AS values
    FROM (SELECT key_id FROM secrets UNION ALL SELECT key_id FROM credentials
          UNION ALL SELECT key_id FROM webhook_configs
          UNION ALL SELECT key_id FROM notification_targets) AS wrapped
    GROUP BY key_id`.execute(db);
  return new Map(rows.map((row) => [row.key_id, row.values]));
}

/**
 * Wraps every data key that another master key wraps by the current one, in short transactions, while values are read and stored.
 * May be ended and repeated at any time. Needs the role kiln_controller.
 */
export async function rewrapValues(
  db: Database,
  sealer: Sealer,
  onBatch: (report: RewrapReport) => void = () => {},
): Promise<RewrapReport> {
  let report: RewrapReport = { rewrapped: 0, unreadable: 0 };
  for (const table of TABLES) {
    for (let after: string | null = FIRST_ID; after !== null;) {
      const from: string = after;
      const batch = await transact(db, (tx) => rewrapBatch(tx, sealer, table, from));
      report = {
        rewrapped: report.rewrapped + batch.rewrapped,
        unreadable: report.unreadable + batch.unreadable,
      };
      onBatch(report);
      after = batch.last;
    }
  }
  return report;
}

/** Runs `change` while no value is being stored, with the number of values of each key. */
export async function withKeysLocked<T>(
  db: Database,
  change: (valuesByKey: ReadonlyMap<string, number>) => Promise<T>,
): Promise<T> {
  return transact(db, async (tx) => {
    await lockKeys(tx);
    return change(await countByKey(tx));
  });
}

async function rewrapBatch(tx: Tx, sealer: Sealer, table: (typeof TABLES)[number], after: string) {
  const current = await sealer.currentKeyId();
  const rows = await tx
    .selectFrom(table)
    .selectAll()
    .where('key_id', '!=', current)
    .where('id', '>', after)
    .orderBy('id')
    .limit(BATCH_ROWS)
    .forUpdate()
    .execute();
  const wrapped = await Promise.all(rows.map((row) => rewrap(sealer, row as Row)));
  const done = rows.flatMap(({ id }, index) => (wrapped[index] ? [{ id, ...wrapped[index] }] : []));
  if (done.length > 0) {
    await sql`
      UPDATE ${sql.table(table)} AS t SET key_id = v.key_id, wrapped_key = v.wrapped_key
      FROM unnest(${done.map(({ id }) => id)}::uuid[], ${done.map(({ keyId }) => keyId)}::text[],
                  ${done.map(({ wrappedKey }) => wrappedKey)}::bytea[]) AS v (id, key_id, wrapped_key)
      WHERE t.id = v.id`.execute(tx);
  }
  const last = rows.length < BATCH_ROWS ? null : (rows.at(-1)?.id ?? null);
  return { rewrapped: done.length, unreadable: rows.length - done.length, last };
}

/** Null when the value's key is gone. */
async function rewrap(sealer: Sealer, row: Row): Promise<Sealed | null> {
  return sealer.rewrap(sealedOf(row), belongsTo(row)).catch((error: unknown) => {
    if (error instanceof KilnError && error.code === 'secret_unreadable') return null;
    throw error;
  });
}

function belongsTo(row: Row): SealedFor {
  if ('webhook_name' in row) return webhookBelongsTo(row);
  if ('target_name' in row) return notificationBelongsTo(row);
  return 'secret_name' in row ? secretBelongsTo(row) : credentialBelongsTo(row);
}
