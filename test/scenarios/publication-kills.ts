import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import type { Publication } from '../../src/contracts/publications.js';
import { isAttachmentTag } from '../../src/domain/images/attachment-tags.js';
import type { FaultyProxy } from '../support/faulty-proxy.js';
import { type HeldBuild, holdBuild } from './hold-build.js';
import { hasEnded, type TestKiln } from './kiln.js';
import { STOP_NAMES, type Stop, stopAt, type StoppedPublications } from './stop-publications.js';

/** Who is killed, and at which points of a publication. */
export const VICTIMS = ['worker', 'supervisor', 'controller', 'registry'] as const;
export type Victim = (typeof VICTIMS)[number];
const LATE = ['after the tags are noted, before the end', 'after the end is recorded'] as const;
export const KILL_POINTS = [...STOP_NAMES, ...LATE] as const;

/** What came of one kill at one point. */
export interface KillCell {
  readonly victim: Victim;
  readonly point: (typeof KILL_POINTS)[number];
  /** False where the publication had gone on by itself before the kill: a machine under load. */
  readonly stood: boolean;
  readonly violations: readonly string[];
}

/** A whole Kiln whose builds publish to its own registry through a proxy. */
export interface PublishingHouse {
  readonly kiln: TestKiln;
  readonly proxy: FaultyProxy;
  /** Accepts a build with one destination, `<path>:v1` behind the proxy. */
  publish(path: string): Promise<Build>;
}

const registry = createImageRegistry();

/** Kills a process while eight publications stand, each at another point, and tells what came of each. */
export async function killAtEachPoint(
  house: PublishingHouse,
  victim: Victim,
  { name, pause }: { readonly name: string; readonly pause: () => Promise<void> },
): Promise<KillCell[]> {
  const { kiln, proxy } = house;
  const paths = KILL_POINTS.map((_, index) => `${name}/p${index}`);
  const stops = paths.map((path, index): [string, Stop] => [path, STOP_NAMES[index] ?? 'before the tag']);
  const stop = stopAt(proxy, new Map(stops));
  const builds = await Promise.all(paths.map((path) => house.publish(path)));
  const [noted, ended] = builds.slice(STOP_NAMES.length) as [Build, Build];
  const [pathOfNoted, pathOfEnded] = paths.slice(STOP_NAMES.length) as [string, string];
  const [ofNoted, afterEnd] = await Promise.all([
    holdBeforeEnd(kiln, stop, noted, pathOfNoted),
    holdAfterEnd(kiln, stop, ended, pathOfEnded),
    ...paths.map((path) => stop.reached(path)),
  ]);
  await pause();
  const stood = await Promise.all(builds.map((build, index) => standsAt(kiln, build, index)));
  const killedAt = new Date();

  kiln.kill(victim);

  await pause();
  for (const path of paths) stop.release(path);
  await Promise.all([ofNoted.release(), afterEnd.release()]);
  return Promise.all(
    builds.map(async (build, index) => ({
      victim,
      point: KILL_POINTS[index]!,
      stood: stood[index]!,
      violations: await publicationFaults(house, build, paths[index]!, killedAt),
    })),
  );
}

/** Lets a tag be moved and noted, and the end wait: for a lock that is queued for behind the note, or behind whatever comes before it. */
async function holdBeforeEnd(
  kiln: TestKiln,
  stop: StoppedPublications,
  { id }: Build,
  path: string,
): Promise<HeldBuild> {
  await stop.reached(path);
  let lock = await holdBuild(kiln, id);
  for (;;) {
    await lock.held;
    if (await isNoted(kiln, id)) return lock;
    stop.release(path);
    await lock.awaited();
    const next = await holdBuild(kiln, id);
    await lock.release();
    lock = next;
  }
}

async function isNoted(kiln: TestKiln, buildId: string): Promise<boolean> {
  const sql = 'SELECT jsonb_array_length(tags_moved) AS moved FROM builds WHERE id = $1';
  return (await kiln.query<{ moved: number }>(sql, [buildId]))[0]!.moved > 0;
}

/** Lets the end be recorded, and what comes after it wait. */
async function holdAfterEnd(
  kiln: TestKiln,
  stop: StoppedPublications,
  build: Build,
  path: string,
): Promise<HeldBuild> {
  const before = await holdBeforeEnd(kiln, stop, build, path);
  await before.awaited();
  const after = await holdBuild(kiln, build.id);
  await before.release();
  await after.held;
  return after;
}

/** Whether the record is that of the point: nothing noted, tags noted, or the end. */
async function standsAt(kiln: TestKiln, { id }: Build, index: number): Promise<boolean> {
  const rows = await kiln.query<{ status: string; moved: number }>(
    'SELECT status, jsonb_array_length(tags_moved) AS moved FROM builds WHERE id = $1',
    [id],
  );
  const late = index - STOP_NAMES.length;
  const expected = late === 1 ? ['success', 1] : ['in_progress', late === 0 ? 1 : 0];
  return JSON.stringify([rows[0]!.status, rows[0]!.moved]) === JSON.stringify(expected);
}

/**
 * What is not as it must be of a build whose publication was disturbed at `since`, whatever was: it ends once, no step has run after that, its
 * digest is what the registry serves under its tag and no other tag is there, and a second push sends nothing.
 */
export async function publicationFaults(
  { kiln, proxy }: PublishingHouse,
  { id }: Build,
  path: string,
  since = new Date(),
): Promise<string[]> {
  const faults: string[] = [];
  const expectSame = (what: string, found: unknown, due: unknown): void => {
    if (JSON.stringify(found) !== JSON.stringify(due))
      faults.push(`${what}: ${JSON.stringify(found)} where ${JSON.stringify(due)} is due`);
  };
  const list = async <Item>(what: string): Promise<Item[]> =>
    (await kiln.json<{ items: Item[] }>('GET', `/v1/builds/${id}/${what}`)).items;
  const isOver = (one: Build): boolean => hasEnded(one) && one.log_complete;
  const build = await kiln.until(id, isOver, 120_000).catch(() => null);
  if (build === null) return ['it has not ended in two minutes'];
  expectSame('status', [build.status, build.result.failure_reason], ['success', null]);
  const digest = build.result.output_image_digest;
  if (digest === null) return faults;
  expectSame('attempts', build.attempts, 1);
  const steps = await list<BuildStep>('steps');
  const once = Array.from({ length: Math.max(1, steps.length) }, (_, index) => [1, index + 1]);
  expectSame(
    'steps',
    steps.map(({ attempt, step_number }) => [attempt, step_number]),
    once,
  );
  const late = steps.filter(({ completed_at: at }) => at === null || new Date(at) > since);
  expectSame('steps after the kill', late.length, 0);
  const real = `${kiln.access.registry}/${path}`;
  const tags = (await registry.tagged(real)).filter(({ tag }) => !isAttachmentTag(tag));
  expectSame(
    'tags',
    tags.map((one) => [one.tag, one.digest]),
    [['v1', digest]],
  );
  const publications = await list<Publication>('publications');
  expectSame(
    'publications',
    publications.map((one) => [one.repository, one.status, one.manifest_digest]),
    [[`${proxy.host}/${path}`, 'copied', digest]],
  );
  expectSame('a push took time', (build.result.artifact_push_milliseconds ?? 0) > 0, true);
  const again = await registry.copy(real, `${proxy.host}/${path}`, digest);
  expectSame('second push', [again.existingBlobs, again.sentBytes], [again.totalBlobs, 0]);
  return faults;
}
