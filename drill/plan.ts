import { SeededRandom } from './random.js';

/** Who can be hit. `host`: supervisor, worker and runs of one host at once; `stack`: everything, with `kiln up`. */
export const VICTIMS = [
  'api',
  'controller',
  'worker',
  'supervisor',
  'buildkit',
  'postgres',
  'temporal',
  'registry',
  'host',
  'stack',
] as const;
export type Victim = (typeof VICTIMS)[number];

/** Effects on the rows by which a moment is told: before the transaction of the effect commits, or right after it. */
export const POINTS = [
  'accept',
  'grant',
  'acknowledge',
  'log',
  'outcome',
  'publication',
  'tag',
  'status',
  'release',
  'cleanup',
] as const;
export type PointName = (typeof POINTS)[number];

export interface Fault {
  readonly number: number;
  readonly victim: Victim;
  /** Of the hosts with the stub engine, for `worker`, `supervisor` and `host`. */
  readonly host: number;
  readonly act: 'kill' | 'stop';
  /** How long the victim stays stopped; a host that is killed stays away for so long, and one that is to lose its leases until it has. */
  readonly forMs: number;
  /** Of a host that is stopped: until none of its leases holds any more. */
  readonly untilLost?: boolean;
  /** Of a supervisor that is killed while its worker process goes on: it stays away for `forMs`, and until what its host has lost runs elsewhere, for which it waits so long at most. */
  readonly elsewhereWithinMs?: number;
  /** Carried out when this share of the builds has ended. */
  readonly atShare: number;
  /** Then at once after `afterMs`, at this point, when a run of the host has begun to tell its log, or when a client has heard that its build is accepted. */
  readonly at:
    | { readonly afterMs: number }
    | { readonly whileBuilding: true }
    | { readonly afterAcknowledgement: true }
    | { readonly when: 'before' | 'after'; readonly point: PointName };
}

/** How often each is killed, in the proportions of a bag that is emptied again and again. */
const BAG: readonly Victim[] = [
  ...['api', 'api', 'api', 'api', 'api'],
  ...['controller', 'controller', 'controller', 'controller', 'controller'],
  ...['worker', 'worker', 'worker', 'supervisor', 'supervisor', 'supervisor'],
  ...['postgres', 'postgres', 'temporal', 'temporal', 'registry', 'buildkit'],
  'host',
] as Victim[];

const STOPPED: readonly Victim[] = [
  'api',
  'controller',
  'worker',
  'supervisor',
  'postgres',
  'temporal',
  'registry',
  'buildkit',
];
/** The host that is left may be in quarantine for a minute, for what an earlier fault did to it. */
const ELSEWHERE_WITHIN_MS = 150_000;
/** Before the last builds are under way there is nothing to disturb any more. */
const LAST_SHARE = 0.9;

/**
 * The faults of a drill, the same for the same seed: so many kills, of which one is of the whole stack, one of a host that stays away and
 * one of a supervisor that does so alone; a fifth as many stops; and one host that is stopped for longer than its leases hold.
 */
export function drawPlan(given: {
  readonly kills: number;
  readonly seed: number;
  readonly hosts: number;
  /** Longer than a lease holds without a renewal. */
  readonly zombieMs: number;
}): Fault[] {
  const { kills, hosts, zombieMs } = given;
  const random = new SeededRandom(given.seed + 1);
  const victims: Victim[] = [];
  while (victims.length < kills - 1) victims.push(...random.shuffled(BAG));
  victims.length = Math.max(0, kills - 1);
  if (kills >= 4 && !victims.includes('host')) victims[0] = 'host';
  if (kills >= 4 && !victims.includes('supervisor')) victims[victims[0] === 'host' ? 1 : 0] = 'supervisor';
  const killed = random.shuffled<Victim>(kills > 0 ? [...victims, 'stack'] : []);
  const faults = [
    ...killed.map((victim) => ({ victim, act: 'kill' as const })),
    ...Array.from({ length: Math.ceil(kills / 5) }, () => ({
      victim: random.pick(STOPPED),
      act: 'stop' as const,
    })),
  ];
  const mixed = random.shuffled(faults);
  if (kills > 0) mixed.splice(random.whole(0, mixed.length), 0, { victim: 'host', act: 'stop' });
  const alone = mixed.findIndex(({ victim, act }) => victim === 'supervisor' && act === 'kill');
  const drawn = mixed.map(({ victim, act }, index): Fault => ({
    ...{ number: index + 1, victim, act, host: random.whole(0, hosts) },
    forMs: victim === 'host' ? zombieMs : act === 'stop' ? random.whole(300, 3_000) : 0,
    atShare: (LAST_SHARE * (index + random.next() / 2)) / mixed.length,
    at: random.isBelow(0.5)
      ? { afterMs: random.whole(0, 500) }
      : { when: random.pick(['before', 'after'] as const), point: random.pick(POINTS) },
  }));
  return drawn.map((fault, index) =>
    index === alone
      ? { ...fault, forMs: zombieMs, elsewhereWithinMs: ELSEWHERE_WITHIN_MS, at: { whileBuilding: true } }
      : fault,
  );
}

/** Whether it hits one host, and not what all need. */
export function isOfHost({ victim }: Pick<Fault, 'victim'>): boolean {
  return victim === 'host' || victim === 'worker' || victim === 'supervisor';
}

/** A fault in a line, as it is printed before the drill begins. */
export function describeFault({ number, victim, host, act, forMs, atShare, at }: Fault): string {
  const who = isOfHost({ victim }) ? `${victim} ${host + 1}` : victim;
  const what = `${act === 'kill' ? 'SIGKILL' : 'SIGSTOP'}${forMs > 0 ? ` for ${forMs} ms` : ''}`;
  const moment =
    'point' in at
      ? `${at.when} the commit of: ${at.point}`
      : 'afterMs' in at
        ? `after ${at.afterMs} ms`
        : 'whileBuilding' in at
          ? 'while it builds'
          : 'after an acknowledgement';
  return `${String(number).padStart(3)}  at ${(atShare * 100).toFixed(0).padStart(2)} %  ${who.padEnd(12)} ${what.padEnd(22)} ${moment}`;
}
