import type { DrillDatabase } from './database.js';
import { POINTS } from './plan.js';

/** First half of the advisory locks by which a transaction is stopped at a point. */
export const POINT_LOCK = 971_300;

/** What is witnessed: table, event, when, and what the effect was. `held` effects are allowed under a valid lease with the current fence only. */
const WITNESSED = [
  { table: 'builds', event: 'INSERT', kind: 'accept', build: 'NEW.id' },
  {
    ...{ table: 'builds', event: 'UPDATE', kind: 'status', build: 'NEW.id' },
    ...{ when: 'OLD.status IS DISTINCT FROM NEW.status', before: 'OLD.status', after: 'NEW.status' },
  },
  { table: 'leases', event: 'INSERT', kind: 'grant', attempt: 'NEW.attempt' },
  {
    ...{ table: 'leases', event: 'UPDATE', kind: 'acknowledge', attempt: 'NEW.attempt' },
    when: `OLD.state = 'granted' AND NEW.state = 'active'`,
  },
  {
    ...{
      table: 'leases',
      event: 'UPDATE',
      kind: 'release',
      attempt: 'NEW.attempt',
      after: 'NEW.ended_reason',
    },
    when: 'OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL',
  },
  { table: 'build_logs', event: 'INSERT', kind: 'log', attempt: 'NEW.attempt', held: true },
  { table: 'build_steps', event: 'INSERT OR UPDATE', kind: 'step', attempt: 'NEW.attempt', held: true },
  {
    ...{ table: 'attempts', event: 'UPDATE', kind: 'outcome', attempt: 'NEW.attempt', held: true },
    when: 'OLD.outcome IS NULL AND NEW.outcome IS NOT NULL',
  },
  {
    table: 'publications',
    event: 'INSERT OR UPDATE',
    kind: 'publication',
    attempt: 'NEW.attempt',
    held: true,
  },
  { table: 'image_tags', event: 'INSERT', kind: 'tag', held: true },
  {
    ...{ table: 'image_tags', event: 'UPDATE', kind: 'tag', held: true },
    // The record of a success, which may come when the lease is over, adds which image it is; that moves nothing.
    when: 'ROW (OLD.manifest_digest, OLD.build_id, OLD.moved_at) IS DISTINCT FROM ROW (NEW.manifest_digest, NEW.build_id, NEW.moved_at)',
  },
  { table: 'outbox', event: 'INSERT', kind: 'message', after: `NEW.message ->> 'kind'` },
  {
    ...{ table: 'build_results', event: 'UPDATE', kind: 'cleanup', after: 'NEW.cleanup_status' },
    when: 'OLD.cleanup_status IS DISTINCT FROM NEW.cleanup_status',
  },
] as const;

interface Witnessed {
  readonly table: string;
  readonly event: string;
  readonly kind: string;
  readonly build?: string;
  readonly attempt?: string;
  readonly when?: string;
  readonly before?: string;
  readonly after?: string;
  readonly held?: boolean;
}

/**
 * Installs triggers that write every effect down, in a schema of their own that Kiln does not know, with whether its lease was valid then.
 * What the controller does to steps and publications at the end of a build needs no lease and is left out.
 */
export async function installWitness(db: Pick<DrillDatabase, 'query'>): Promise<void> {
  await db.query(`CREATE SCHEMA drill`);
  await db.query(`
    CREATE TABLE drill.effects (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      kind text NOT NULL, build_id uuid NOT NULL, attempt int, at timestamptz NOT NULL DEFAULT clock_timestamp(),
      before text, after text, is_held boolean)`);
  await db.query(`
    CREATE FUNCTION drill.is_held(build uuid, of_attempt int) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $$
      SELECT EXISTS (
        SELECT FROM public.leases l JOIN public.builds b ON b.id = l.build_id
        WHERE l.build_id = build AND l.attempt = coalesce(of_attempt, l.attempt)
          AND l.state IN ('granted', 'active') AND l.fence = b.fence)
    $$`);
  await db.query(`
    CREATE TABLE drill.quarantines (
      worker_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), reason text NOT NULL)`);
  await db.query(`
    CREATE FUNCTION drill.witness_quarantine() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      INSERT INTO drill.quarantines (worker_id, reason) VALUES (NEW.id, NEW.quarantine_reason);
      RETURN NULL;
    END $$`);
  await db.query(`
    CREATE TRIGGER drill_witness_quarantine AFTER UPDATE ON public.build_workers FOR EACH ROW
    WHEN (NEW.quarantined_until > coalesce(OLD.quarantined_until, '-infinity')) EXECUTE FUNCTION drill.witness_quarantine()`);
  for (const [index, of] of WITNESSED.entries()) {
    for (const statement of statementsFor(index, of)) await db.query(statement);
  }
}

function statementsFor(index: number, of: Witnessed): string[] {
  const build = of.build ?? 'NEW.build_id';
  const attempt = of.attempt ?? 'NULL';
  const point = (POINTS as readonly string[]).indexOf(of.kind);
  // The lock is shared, so that nobody waits until somebody takes it for himself.
  const stop = point < 0 ? '' : `PERFORM pg_advisory_xact_lock_shared(${POINT_LOCK}, ${point});`;
  const byApiOnly = of.kind === 'step' || of.kind === 'publication' ? `AND session_user = 'kiln_api'` : '';
  return [
    `CREATE FUNCTION drill.witness_${index}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
     BEGIN
       IF true ${byApiOnly} THEN
         ${stop}
         INSERT INTO drill.effects (kind, build_id, attempt, before, after, is_held)
         VALUES ('${of.kind}', ${build}, ${attempt}, ${of.before ?? 'NULL'}, ${of.after ?? 'NULL'},
                 ${of.held === true ? `drill.is_held(${build}, ${attempt})` : 'NULL'});
       END IF;
       RETURN NULL;
     END $$`,
    `CREATE TRIGGER drill_witness_${index} AFTER ${of.event} ON public.${of.table} FOR EACH ROW
     ${of.when === undefined ? '' : `WHEN (${of.when})`} EXECUTE FUNCTION drill.witness_${index}()`,
  ];
}
