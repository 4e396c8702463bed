import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitedLater } from '../src/domain/awaited-later.js';
import { provideBaseImage } from '../src/embedded/base-image.js';
import { check } from './check/index.js';
import { ClientHistory } from './client-history.js';
import { runClients } from './clients.js';
import { askRegistry, leftOnMachine, openWorkflows } from './collect-left.js';
import { collectRows, countUnsettled } from './collect-rows.js';
import { endDrill, unlessAborted } from './ending.js';
import { Ends } from './ends.js';
import type { Evidence, StrikeFacts, Violation } from './evidence.js';
import { measureTimes, type Times } from './measure.js';
import { type DoneFault, Nemesis } from './nemesis.js';
import type { Order } from './orders.js';
import { OwnKiln } from './own-kiln.js';
import { type Fault, isOfHost } from './plan.js';
import { StubHost } from './stub-host.js';
import { addDrillTenant } from './tenant.js';
import { installWitness } from './witness.js';
import { writeEvidence } from './write-evidence.js';

export interface DrillOptions {
  /** Folder of the Kiln that is drilled: this checkout, or a copy with a bug. */
  readonly root: string;
  /** A folder of this drill's own: state, hosts, history. The caller removes it. */
  readonly scratch: string;
  readonly orders: readonly Order[];
  readonly plan: readonly Fault[];
  readonly atOnce: number;
  readonly leaseTtlMs: number;
  /** How long a client waits for the end of a build. */
  readonly endTimeoutMs: number;
  /** How long everything may take to come to rest when all builds have ended. */
  readonly restTimeoutMs: number;
  /** What is done to the database before the first build, for a bug. */
  readonly sabotage: readonly string[];
  readonly say: (text: string) => void;
  /** Ends the drill before its time. */
  readonly signal?: AbortSignal;
}

export interface DrillResult {
  readonly evidence: Evidence;
  readonly violations: readonly Violation[];
  readonly faults: readonly DoneFault[];
  /** Of the plan: those that struck nobody. */
  readonly leftOut: readonly Fault[];
  readonly times: Times;
}

const HOSTS = 2;
const SLOTS = 4;
/** Orders begin only so many lanes ahead of the next fault, so that each fault has builds to hit. */
const LANES_AHEAD = 2;
const REST_LOOK_MS = 500;

/**
 * Runs one drill: a Kiln and its hosts, clients and faults, then judges what is there once everything has come to rest. Rejects when it
 * is interrupted; whatever happens, what it started is ended.
 */
export async function drill(options: DrillOptions): Promise<DrillResult> {
  const { scratch } = options;
  const kiln = new OwnKiln(options.root, join(scratch, 'state'), {
    KILN_LEASE_TTL_MS: String(options.leaseTtlMs),
    KILN_ACK_TTL_MS: String(options.leaseTtlMs),
    // As by default: a host that is dead has lost its leases long before it counts as offline.
    KILN_WORKER_SILENCE_MS: String(3 * options.leaseTtlMs),
    // Both hosts are lost more often than any host should be; for minutes, nobody would build.
    KILN_QUARANTINE_SECONDS: String(Math.ceil((2 * options.leaseTtlMs) / 1_000)),
  });
  const hosts: StubHost[] = [];
  try {
    return await unlessAborted(options.signal, () => carryOut(options, kiln, hosts));
  } finally {
    await endDrill(kiln, hosts, scratch);
  }
}

async function carryOut(options: DrillOptions, kiln: OwnKiln, hosts: StubHost[]): Promise<DrillResult> {
  const { scratch, orders, say } = options;
  await kiln.start();
  await installWitness(kiln.db);
  for (const statement of options.sabotage) await kiln.db.query(statement);
  const tenant = await addDrillTenant(kiln.db, { hosts: HOSTS, slots: SLOTS, limit: HOSTS * SLOTS - 1 });
  for (const [index, { workerId, token }] of tenant.hosts.entries()) {
    const folder = join(scratch, `host-${index + 1}`);
    mkdirSync(folder);
    hosts.push(new StubHost(kiln, workerId, token, SLOTS, folder));
  }
  await Promise.all(hosts.map((host) => host.start()));
  const baseImage = orders.some(({ isReal }) => isReal)
    ? (await provideBaseImage({ registryUrl: `http://${kiln.access.registry}` })).reference
    : '';
  const tokenFor = ({ isReal }: Order): string => (isReal ? kiln.access.token : tenant.token);
  await makeProjects(orders, kiln, tokenFor);
  say('the Kiln and its hosts are up');

  const ends = new Ends(kiln.db);
  const watching = awaitedLater(ends.watch());
  const history = new ClientHistory(join(scratch, 'history.jsonl'));
  const nemesis = new Nemesis({
    ...{ kiln, hosts, scratch, say },
    shareEnded: () => ends.count / orders.length,
    acknowledged: () => history.acknowledged,
  });
  const again = orders.filter(({ isReal }) => !isReal);
  let goesOnUntilMs: number | null = null;
  const building = runClients(orders, {
    ...{ history, ends, tokenFor, atOnce: options.atOnce, endTimeoutMs: options.endTimeoutMs },
    apiUrl: () => kiln.access.api_url,
    bodyOf: (order) => bodyOf(order, kiln.access.registry, baseImage),
    mayBegin: (order) =>
      order.number > orders.length ||
      order.number <= nemesis.nextShare * orders.length + LANES_AHEAD * options.atOnce,
    // Faults that are left want builds to hit; a build that never ends is not waited for for ever.
    oneMore: (number) => {
      goesOnUntilMs ??= Date.now() + options.endTimeoutMs;
      const isOver = nemesis.isThrough || Date.now() > goesOnUntilMs || again.length === 0;
      return isOver ? null : { ...again[(number - 1) % again.length]!, number };
    },
  }).finally(() => nemesis.stop());
  // A victim that does not come back ends the drill at once: its builds would be waited for in vain.
  const [sent] = await Promise.all([building, nemesis.run(options.plan)]).finally(() => ends.stop());
  await watching;
  say('all builds have ended; waiting for everything to come to rest');

  const stateFolders = [
    join(scratch, 'state', 'supervisor'),
    ...hosts.map(({ folder }) => join(folder, 'supervisor')),
  ];
  const strikes = nemesis.done.map((done) => strikeOf(done, hosts));
  const evidence = await collectAtRest(
    kiln,
    { history, orders: sent, strikes, scratch, stateFolders },
    options.restTimeoutMs,
  );
  const result = {
    evidence,
    violations: check(evidence),
    faults: nemesis.done,
    leftOut: options.plan.filter((fault) => !nemesis.done.some((done) => done.fault === fault)),
    times: measureTimes(evidence, nemesis.done),
  };
  writeEvidence(scratch, result);
  return result;
}

function strikeOf({ fault, atMs, upAtMs, notElsewhere }: DoneFault, hosts: readonly StubHost[]): StrikeFacts {
  const workerId = isOfHost(fault) ? hosts[fault.host]!.workerId : null;
  return { number: fault.number, workerId, fromMs: atMs, untilMs: upAtMs, notElsewhere };
}

async function makeProjects(
  orders: readonly Order[],
  kiln: OwnKiln,
  tokenFor: (order: Order) => string,
): Promise<void> {
  const wanted = new Map(orders.map((order) => [`${order.project} ${String(order.isReal)}`, order]));
  for (const order of wanted.values()) {
    const response = await fetch(`${kiln.access.api_url}/v1/projects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenFor(order)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ slug: order.project }),
    });
    if (!response.ok) throw new Error(`The project ${order.project} was not made: ${await response.text()}`);
  }
}

function bodyOf(order: Order, registry: string, baseImage: string): unknown {
  const { number, project, isReal } = order;
  const real = { dockerfile_inline: `FROM ${baseImage}\nRUN echo ${number} > /order && sleep 1\n` };
  const stub = {
    dockerfile_inline: 'FROM scratch',
    build_args: {
      seconds: String(order.seconds),
      lines: String(order.lines),
      exit_code: String(order.exitCode),
      ignore_sigterm: String(order.ignoresSigterm),
      spawn_child: String(order.hasChild),
    },
  };
  return {
    method: 'buildx',
    source: { kind: 'inline' },
    options: isReal ? real : stub,
    destinations: [`${registry}/${isReal ? 'real' : 'drill'}/${project}:order-${number}`],
  };
}

interface Around {
  readonly history: ClientHistory;
  readonly orders: readonly Order[];
  readonly strikes: readonly StrikeFacts[];
  readonly scratch: string;
  readonly stateFolders: readonly string[];
}

/** Collects the evidence when nothing is under way any more, or when the time is over. */
async function collectAtRest(kiln: OwnKiln, around: Around, timeoutMs: number): Promise<Evidence> {
  const { history, orders, strikes, scratch, stateFolders } = around;
  for (const deadline = Date.now() + timeoutMs; ; await sleep(REST_LOOK_MS)) {
    const unsettled = await countUnsettled(kiln.db);
    const open = await openWorkflows(kiln.temporalAddress);
    const left = leftOnMachine(scratch, stateFolders);
    if (unsettled + open.length + left.length > 0 && Date.now() < deadline) continue;
    const rows = await collectRows(kiln.db);
    return {
      ...rows,
      ...(await askRegistry(rows)),
      history: history.events,
      orders,
      strikes,
      openWorkflows: open,
      left,
    };
  }
}
