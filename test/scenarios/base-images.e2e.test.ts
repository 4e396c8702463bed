import { setTimeout as sleep } from 'node:timers/promises';
import type { BaseImageMove } from '../../src/contracts/base-images.js';
import type { Build } from '../../src/contracts/builds.js';
import { busyboxLayer } from '../../src/embedded/base-image/busybox-layer.js';
import { pushImage } from '../../src/embedded/base-image/push-image.js';
import { layeredImage } from '../../src/embedded/base-image/single-layer-image.js';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { BASE_IMAGES_SCHEDULE_ID } from '../../workflows/contract.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';
import { ringSchedule } from './ring-schedule.js';

const OTHERS = ['one', 'two'];
/** A lock that no code of Kiln takes. */
const LOCK = 4_711;

let kiln: TestKiln;
let layer: Awaited<ReturnType<typeof busyboxLayer>>;
let reference: string;

beforeAll(async () => {
  kiln = await startKiln();
  reference = `${kiln.access.registry}/base/moving:1`;
  layer = await busyboxLayer((await ensurePrograms(['busybox'])).busybox.path);
  await moveTag('A');
  await project('canary', 'RUN test -z "$BROKEN"', ['--canary']);
  for (const name of OTHERS) await project(name, 'RUN true');
  await cli('check');
}, 300_000);
afterAll(() => kiln.stop(), 60_000);

/** Makes the tag point at another image. */
async function moveTag(version: string, broken = ''): Promise<void> {
  const image = layeredImage([{ ...layer, createdBy: 'busybox root file system' }], {
    Env: ['PATH=/bin', `VERSION=${version}`, `BROKEN=${broken}`],
  });
  const target = {
    registryUrl: `http://${kiln.access.registry}`,
    ...{ repository: 'base/moving', tag: '1' },
  };
  await pushImage(image, target);
}

/** A watched project that has built on the image once. */
async function project(slug: string, step: string, watch: readonly string[] = []): Promise<void> {
  await kiln.json('POST', '/v1/projects', { slug });
  await cli('watch', slug, ...watch);
  const { id } = await kiln.json<Build>('POST', `/v1/projects/${slug}/builds`, {
    method: 'buildx',
    source: { kind: 'inline' },
    options: { dockerfile_inline: `FROM ${reference}\n${step}\n` },
  });
  expect((await kiln.until(id, hasEnded)).status).toBe('success');
}

async function cli(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runKiln(['base-images', ...args], {
    KILN_API_URL: kiln.access.api_url,
    KILN_TOKEN: kiln.access.token,
  });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** The newest move, once it is the one that is expected and so far. */
async function move(before: number, status: BaseImageMove['status']): Promise<BaseImageMove> {
  for (;;) {
    const answer = await kiln.call('GET', '/v1/base-image-moves').catch(() => null);
    const { items } = answer?.ok ? ((await answer.json()) as { items: BaseImageMove[] }) : { items: [] };
    if (items.length > before && items[0]!.status === status) return items[0]!;
    await sleep(50);
  }
}

const outcomes = ({ projects }: BaseImageMove): string[][] =>
  projects.map(({ project: name, state }) => [name, state]).sort();

/** How many builds moves have started of each project. */
async function started(): Promise<Record<string, number>> {
  const rows = await kiln.query<{ slug: string; n: number }>(
    `SELECT p.slug, count(*)::int AS n FROM builds b JOIN projects p ON p.id = b.project_id
     JOIN build_triggers t ON t.build_id = b.id WHERE t.trigger_type = 'git_event' GROUP BY p.slug`,
  );
  return Object.fromEntries(rows.map(({ slug, n }) => [slug, n]));
}

it('builds the canary when the tag has moved, then the others, on the image that it points at now', async () => {
  expect(await cli()).toContain(`${reference} sha256:`);
  expect(await cli('moves')).toContain('No base image of a watched project has moved.');
  await moveTag('B');
  await cli('check');
  const done = await move(0, 'done');
  expect(outcomes(done)).toEqual([
    ['canary', 'success'],
    ['one', 'success'],
    ['two', 'success'],
  ]);
  const builds = await Promise.all(
    done.projects.map(({ build_id: id }) => kiln.json<Build>('GET', `/v1/builds/${id}`)),
  );
  const [canary, ...others] = builds as [Build, ...Build[]];
  expect(canary.project).toBe('canary');
  for (const { created_at: at } of others)
    expect(Date.parse(at)).toBeGreaterThanOrEqual(Date.parse(canary.completed_at!));
  const text = `base image ${reference} moved from ${done.from_digest.slice(0, 19)} to ${done.to_digest.slice(0, 19)}`;
  expect(builds.map(({ trigger_source: source }) => source)).toEqual([text, text, text]);
  const stands = await kiln.query(
    `SELECT DISTINCT digest FROM build_base_images WHERE build_id = ANY($1::uuid[])`,
    [builds.map(({ id }) => id)],
  );
  expect(stands).toEqual([{ digest: done.to_digest }]);
}, 120_000);

it('makes one build of each where the controller is killed between the acceptance and the note of it', async () => {
  const before = await started();
  const holder = await kiln.connect();
  await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
  await holder.query(`
    CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(${LOCK}); RETURN NEW; END';
    CREATE TRIGGER held BEFORE UPDATE OF build_id ON base_image_rebuilds FOR EACH ROW EXECUTE FUNCTION held()`);
  await moveTag('C');
  await cli('check');
  const waiting = async () =>
    (
      await kiln.query<{ pid: number }>(
        `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted`,
      )
    ).map(({ pid }) => pid);
  while ((await waiting()).length === 0) await sleep(20);
  expect((await started())['canary']).toBe((before['canary'] ?? 0) + 1);

  kiln.kill('controller');
  // What it had sent is lost with it.
  await kiln.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [await waiting()]);
  while ((await waiting()).length > 0) await sleep(20);
  await holder.query('DROP TRIGGER held ON base_image_rebuilds');
  await holder.end();

  expect(outcomes(await move(1, 'done')).map(([, state]) => state)).toEqual([
    'success',
    'success',
    'success',
  ]);
  const after = Object.entries(before).map(([slug, n]) => [slug, n + 1]);
  expect(await started()).toEqual(Object.fromEntries(after));
}, 120_000);

it('builds no others when the canary fails, and goes on when somebody resumes the move', async () => {
  const before = await started();
  await moveTag('D', 'yes');
  // By the Schedule, as each hour.
  await ringSchedule(kiln, BASE_IMAGES_SCHEDULE_ID);
  const stopped = await move(2, 'stopped');
  expect(outcomes(stopped)).toEqual([
    ['canary', 'failed'],
    ['one', 'waiting'],
    ['two', 'waiting'],
  ]);
  expect(stopped.reason).toMatch(/^canary canary#4 failed at build/);
  expect(await cli('moves')).toContain(`kiln base-images resume ${stopped.id}`);
  expect(await started()).toEqual({ ...before, canary: before['canary']! + 1 });

  await cli('resume', stopped.id);
  expect(outcomes(await move(2, 'done'))).toEqual([
    ['canary', 'failed'],
    ['one', 'success'],
    ['two', 'success'],
  ]);
}, 120_000);
