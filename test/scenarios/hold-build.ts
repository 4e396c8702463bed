import { setTimeout as sleep } from 'node:timers/promises';
import type { TestKiln } from './kiln.js';

/** The lock of a build in the hands of a test: nobody writes anything of the build meanwhile. */
export interface HeldBuild {
  /** Resolves when whoever had the lock before has given it back. */
  readonly held: Promise<void>;
  /** Resolves when somebody waits for it. */
  awaited(): Promise<void>;
  release(): Promise<void>;
}

/** Queues for the lock of a build; resolves when it waits, or has it. */
export async function holdBuild(kiln: Pick<TestKiln, 'connect'>, buildId: string): Promise<HeldBuild> {
  const [holder, watcher] = await Promise.all([kiln.connect(), kiln.connect()]);
  const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const isAnyone = async (condition: string): Promise<boolean> => {
    const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE ${condition}`;
    return (await watcher.query<{ n: number }>(sql, [rows[0]!.pid])).rows[0]!.n > 0;
  };
  await holder.query('BEGIN');
  let isHeld = false;
  const held = holder
    .query('SELECT id FROM builds WHERE id = $1 FOR NO KEY UPDATE', [buildId])
    .then(() => void (isHeld = true));
  while (!isHeld && !(await isAnyone(`pid = $1 AND wait_event_type = 'Lock'`))) await sleep(10);
  return {
    held,
    async awaited() {
      await held;
      while (!(await isAnyone('$1 = ANY (pg_blocking_pids(pid))'))) await sleep(10);
    },
    async release() {
      await held;
      await holder.query('ROLLBACK');
      await Promise.all([holder.end(), watcher.end()]);
    },
  };
}
