import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KillCell, type Victim, VICTIMS } from './publication-kills.js';

const LONGEST_PAUSE_MS = 400;

/** One kill of one process while eight publications stand. */
export interface PlannedKill {
  readonly victim: Victim;
  /** Of this kill alone. */
  readonly name: string;
  /** Before and after the kill, so that each round hits another moment; none in the suite. */
  readonly pause: () => Promise<void>;
}

/** What `npm run bench -- publish-kills` says; in the suite each process is killed once, and the builds are those of the stub. */
const { KILN_KILL_ROUNDS, KILN_KILL_SEED = '1', KILN_KILL_ENGINE, KILN_KILL_REPORT } = process.env;
const isBench = KILN_KILL_ROUNDS !== undefined;
export const KILLS_REAL_BUILDS = KILN_KILL_ENGINE === 'buildx';

/** Every process in every round, in an order and with pauses that follow from the seed. */
export const PLANNED_KILLS: readonly PlannedKill[] = Array.from(
  { length: Number(KILN_KILL_ROUNDS ?? 1) },
  (_, round) => {
    const victims = isBench ? VICTIMS.toSorted((a, b) => chance(round, a) - chance(round, b)) : VICTIMS;
    return victims.map((victim) => {
      let pauses = 0;
      const pause = async (): Promise<void> => {
        if (isBench) await sleep(chance(round, `${victim} ${(pauses += 1)}`) * LONGEST_PAUSE_MS);
      };
      return { victim, name: `r${round}/${victim}`, pause };
    });
  },
).flat();

/** From 0 to 1, the same for the same seed. */
function chance(round: number, what: string): number {
  return createHash('sha256').update(`${KILN_KILL_SEED} ${round} ${what}`).digest().readUInt32BE() / 2 ** 32;
}

/** Adds what came of a kill to the report, where one is wanted: a line of JSON for each point. */
export function reportCells(cells: readonly KillCell[]): void {
  if (KILN_KILL_REPORT === undefined) return;
  for (const cell of cells) appendFileSync(KILN_KILL_REPORT, `${JSON.stringify(cell)}\n`);
}
