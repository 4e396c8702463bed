import { afterAll, beforeAll, expect, test } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import type { Attempt } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

const LINES = 60;
const lines = Array.from({ length: LINES }, (_, index) => `line ${index + 1} of ${LINES}`);

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln();
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

/** Six seconds of output; `name` makes it another step each time, so that nothing is cached. */
const slowDockerfile = (name: string): string =>
  [
    `FROM ${kiln.baseImage}`,
    `RUN echo ${name} && i=1; while [ $i -le ${LINES} ]; do echo "line $i of ${LINES}"; i=$((i+1)); sleep 0.1; done`,
  ].join('\n');

const storedLines = async (buildId: string): Promise<string[]> =>
  (await kiln.log(buildId)).split('\n').filter((line) => lines.includes(line));

test.each(['api', 'controller', 'supervisor', 'worker', 'postgres', 'temporal'])(
  'a build whose %s is killed in mid-run goes on by itself, ends once and loses nothing',
  async (victim) => {
    const accepted = await kiln.build(slowDockerfile(victim));
    await kiln.until(accepted.id, async () => (await storedLines(accepted.id)).length >= 10);

    kiln.kill(victim);

    const ended = await kiln.until(accepted.id, (build) => hasEnded(build) && build.log_complete, 90_000);
    expect(ended.result.failure_reason).toBeNull();
    expect(ended.status).toBe('success');
    expect(ended.attempts).toBe(1);
    expect(await storedLines(accepted.id)).toEqual(lines);
    await expectOneEnd(accepted.id);
    await expectNothingLeft(accepted.id);
    await expectServed(ended.destinations[0]!, ended.result.output_image_digest!);
  },
  120_000,
);

test('a build whose builder is killed in mid-step succeeds by another attempt, which says why', async () => {
  const accepted = await kiln.build(
    `FROM ${kiln.baseImage}\nRUN echo started && i=1; while [ $i -le 40 ]; do echo "line $i"; i=$((i+1)); sleep 0.1; done`,
  );
  await kiln.until(accepted.id, async () => (await kiln.log(accepted.id)).includes('line 5\n'));

  kiln.kill('buildkit');

  const ended = await kiln.until(accepted.id, (build) => hasEnded(build) && build.log_complete, 90_000);
  expect(ended.status).toBe('success');
  expect(ended.attempts).toBeGreaterThan(1);
  const { items } = await kiln.json<{ items: Attempt[] }>('GET', `/v1/builds/${ended.id}/attempts`);
  expect(items[0]).toMatchObject({ ended_reason: 'failed', failure_code: 'builder_unavailable' });
  expect(items.at(-1)).toMatchObject({ ended_reason: 'succeeded', failure_code: null });
  expect(await kiln.log(ended.id)).toContain('line 40\n');
}, 120_000);

test('a failing step is not made again', async () => {
  const { id } = await kiln.build(`FROM ${kiln.baseImage}\nRUN echo no && exit 3`);
  const ended = await kiln.until(id, hasEnded);
  expect(ended).toMatchObject({
    status: 'failed',
    attempts: 1,
    result: { failure_code: 'build_step_failed', exit_code: 3 },
  });
}, 60_000);

test('an upgrade that replaces one process after the other while builds run and wait loses nothing', async () => {
  const accepted = await Promise.all(
    ['one', 'two', 'three'].map((name) => kiln.build(slowDockerfile(`upgrade ${name}`))),
  );
  const linesOf = (id: string) => storedLines(id).catch(() => []);
  await Promise.all(
    accepted.slice(0, 2).map(({ id }) => kiln.until(id, async () => (await linesOf(id)).length >= 5)),
  );

  for (const name of ['api', 'controller', 'worker', 'supervisor']) await kiln.replace(name);

  for (const { id } of accepted) {
    const ended = await kiln.until(id, (build) => hasEnded(build) && build.log_complete, 90_000);
    expect(ended).toMatchObject({ status: 'success', attempts: 1 });
    expect(await storedLines(id)).toEqual(lines);
    await expectOneEnd(id);
    await expectServed(ended.destinations[0]!, ended.result.output_image_digest!);
  }
  await expectNothingLeft(accepted[2]!.id);
}, 120_000);

async function expectOneEnd(buildId: string): Promise<void> {
  const ends = await kiln.query(
    `SELECT to_status FROM build_status_history WHERE build_id = $1 AND to_status IN ('success', 'failed', 'cancelled')`,
    [buildId],
  );
  expect(ends).toEqual([{ to_status: 'success' }]);
}

/** The end of a build is known shortly before the last of it is tidied up. */
async function expectNothingLeft(buildId: string): Promise<void> {
  await kiln.until(buildId, (build) => build.result.cleanup_status === 'completed', 30_000);
  const [left] = await kiln.query<Record<string, string>>(
    `SELECT (SELECT count(*) FROM leases WHERE state IN ('granted', 'active')) AS leases,
            (SELECT sum(current_builds_count) FROM build_workers) AS slots`,
  );
  expect(left).toEqual({ leases: '0', slots: '0' });
  expect(runsOf(buildId)).toEqual([]);
}

/** Processes that carry the build's id in their environment or arguments. */
function runsOf(buildId: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const of = (file: string): string => readFileSync(`/proc/${name}/${file}`, 'utf8');
      return of('cmdline').includes(buildId) || of('environ').includes(buildId);
    } catch {
      return false;
    }
  });
}

async function expectServed(reference: string, digest: string): Promise<void> {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference)!;
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    method: 'HEAD',
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  expect(answer.headers.get('docker-content-digest')).toBe(digest);
}
