import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evidence, Violation } from '../evidence.js';
import { drill } from '../drill.js';
import type { DoneFault } from '../nemesis.js';
import type { Bug } from './bug.js';
import { BUGS } from './bugs.js';
import { copyWithBug } from './copy-with-bug.js';

/** Most of the time of such a drill is waiting. */
const AT_ONCE = 2;
const LEASE_TTL_MS = 3_000;
/** Nobody waits for longer than a build takes; where a bug keeps builds from their ends it says so itself. */
const END_TIMEOUT_MS = 60_000;

interface Tried {
  readonly name: string;
  readonly isCaught: boolean;
  /** Whether its orders came to their ends in time: only then has what was not caught been missed. */
  readonly isDecided: boolean;
  /** The first violation that shows it, or why there is none. */
  readonly by: string;
  readonly seconds: number;
  /** The folder with its history and its evidence, which the caller may remove; null where it is not kept. */
  readonly kept: string | null;
}

/** Drills with each bug and tells which were caught. Gives 0 where all were. */
export async function drillBugs(given: {
  readonly root: string;
  /** Only the bugs of these names. */
  readonly only: readonly string[] | null;
  readonly json: boolean;
  /** Leaves history and evidence of each that was not caught. */
  readonly keep: boolean;
  readonly say: (text: string) => void;
  /** Ends them before their time; rejects then. */
  readonly signal: AbortSignal;
}): Promise<number> {
  const { root, only, json, keep, say, signal } = given;
  const waiting = BUGS.filter(({ name }) => only === null || only.includes(name));
  const tried: Tried[] = [];
  const startedAt = Date.now();
  const lane = async (): Promise<void> => {
    for (let bug = waiting.shift(); bug !== undefined && !signal.aborted; bug = waiting.shift()) {
      const one = await tryBug(root, bug, keep, signal);
      tried.push(one);
      say(`${verdictOf(one)}  ${one.name.padEnd(28)} ${one.seconds} s  ${one.by}`);
      if (one.kept !== null) say(`           kept: ${one.kept}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  signal.throwIfAborted();
  const caught = tried.filter(({ isCaught }) => isCaught).length;
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  if (json)
    console.log(JSON.stringify({ bugs_seeded: tried.length, bugs_caught: caught, seconds, bugs: tried }));
  else console.log(`${caught} of ${tried.length} bugs were caught in ${seconds} s.`);
  return tried.length > 0 && caught === tried.length ? 0 : 1;
}

async function tryBug(root: string, bug: Bug, keep: boolean, signal: AbortSignal): Promise<Tried> {
  const { name, edits, sabotage, orders, plan, breaks } = bug;
  const scratch = mkdtempSync(join(tmpdir(), 'kiln-bug-'));
  const startedAt = Date.now();
  const [copy, work] = [join(scratch, 'kiln'), join(scratch, 'work')];
  let isKept = keep;
  const tried = (isCaught: boolean, by: string, isDecided = true): Tried => {
    isKept = keep && !isCaught;
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    return { name, isCaught, isDecided, by, seconds, kept: isKept ? work : null };
  };
  try {
    mkdirSync(work);
    copyWithBug(root, copy, edits);
    const { violations, evidence, faults } = await drill({
      ...{ root: copy, scratch: work, orders, plan, sabotage, signal },
      ...{
        atOnce: bug.atOnce ?? orders.length,
        leaseTtlMs: LEASE_TTL_MS,
        endTimeoutMs: bug.endTimeoutMs ?? END_TIMEOUT_MS,
        restTimeoutMs: 8_000,
        say: () => undefined,
      },
    });
    const [shown] = violations.filter(
      (one) => breaks.includes(one.promise) && (bug.shows?.test(one.evidence) ?? true),
    );
    if (shown !== undefined) return tried(true, `${shown.promise}: ${shown.evidence}`);
    const open = openText(evidence) ?? momentText(faults);
    return open === null ? tried(false, others(violations)) : tried(false, open, false);
  } catch (error) {
    return tried(false, `the drill itself failed: ${String(error)}`);
  } finally {
    await rm(isKept ? copy : scratch, { recursive: true, force: true });
  }
}

function verdictOf({ isCaught, isDecided }: Tried): string {
  if (isCaught) return 'caught   ';
  return isDecided ? 'MISSED   ' : 'UNDECIDED';
}

/** That a bug had no chance to show; null where every build has come to its end. */
export function openText({ builds, orders }: Pick<Evidence, 'builds' | 'orders'>): string | null {
  const ended = builds.filter(({ completedAtMs }) => completedAtMs !== null).length;
  const open = Math.max(builds.length, orders.length) - ended;
  return open === 0
    ? null
    : `${open} of ${ended + open} builds had not ended in time: try it again when the machine has less to do`;
}

/** That a fault struck at another moment than the one under which the bug shows; null where all came to theirs. */
export function momentText(faults: readonly Pick<DoneFault, 'fault' | 'atPoint'>[]): string | null {
  const early = faults.find(({ atPoint }) => !atPoint);
  return early === undefined
    ? null
    : `fault ${early.fault.number} did not find its moment: try it again when the machine has less to do`;
}

function others(violations: readonly Violation[]): string {
  return violations.length === 0
    ? 'no violation'
    : `only ${violations.map(({ promise }) => promise).join(', ')}`;
}
