import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Build, BuildMetrics, BuildStep } from '../../src/contracts/builds.js';
import { TRUST_LEVELS } from '../../src/domain/builds/trust.js';
import { METHOD_NAMES, METHODS } from '../../src/engines/methods.js';
import { hasEnded, startKiln, type TestKiln } from '../scenarios/kiln.js';
import type { RealRegistry } from '../support/real-registry.js';
import { startClosedRegistry } from './closed-registry.js';
import { fingerprints, HOST_FOLDERS } from './fingerprint.js';
import { servedDigest } from '../support/served-digest.js';
import { seenBase } from './seen-base.js';
import { remainsOf } from './remains-of.js';
import type { BuildRequest, MethodCase, Work } from './method-case.js';
import { METHOD_CASES } from './methods.js';
import { isolationProbes } from './isolation-probes.js';
import { sideBySide } from './side-by-side.js';

/* Every build method through the same workflow, with the same demands on its record. The builds of a scenario run side by side. */

const SECRET = 'a-secret-of-the-conformance-suite-8152';

/** What this host cannot offer, and why. */
const skipped = new Map<string, string>();
if (process.getuid?.() !== 0)
  for (const method of METHOD_NAMES.filter((name) => name !== 'buildx')) skipped.set(method, 'needs root');
const CASES = METHOD_CASES.filter(({ method }) => !skipped.has(method));

let kiln: TestKiln;
let closed: RealRegistry;
const requests = new Map<string, (work: Work) => Promise<BuildRequest>>();

beforeAll(async () => {
  closed = await startClosedRegistry();
  // Five builds at once keep the machine busy when their supervisor is started again.
  const settings = { KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_LEASE_TTL_MS: '30000' };
  kiln = await startKiln(settings, undefined, ['--slots', String(CASES.length)]);
  for (const trust of TRUST_LEVELS) {
    for (const kind of ['conformance', 'timed'])
      await kiln.json('POST', '/v1/projects', { slug: `${kind}-${trust}`, trust });
    await kiln.json('PATCH', `/v1/limits?project=timed-${trust}`, { step_timeout_seconds: 2 });
  }
  await kiln.json('PUT', '/v1/secrets/conformance-secret', { value: SECRET });
  for (const one of CASES) requests.set(one.method, await one.prepare(kiln));
}, 600_000);
afterAll(async () => {
  closed.stop();
  await kiln.stop();
}, 60_000);

test('every build method there is takes part', () => {
  expect(METHOD_CASES.map(({ method }) => method).sort()).toEqual([...METHOD_NAMES].sort());
});
for (const [method, why] of skipped) test.skip(`${method} is left out here: ${why}`, () => undefined);

const start = async (
  one: MethodCase,
  work: Work,
  more: { readonly options?: object; readonly body?: object; readonly project?: string } = {},
): Promise<Build> => {
  const request = await requests.get(one.method)!(work);
  // A method that closes nothing in builds trusted projects only; all others are judged as they are by default.
  const trust = METHODS[one.method]?.isForTrusted === true ? 'trusted' : 'untrusted';
  return kiln.json<Build>('POST', `/v1/projects/${more.project ?? 'conformance'}-${trust}/builds`, {
    ...request,
    options: { ...request.options, ...more.options },
    ...more.body,
  });
};
const ended = ({ id }: Build): Promise<Build> =>
  kiln.until(id, (build) => hasEnded(build) && build.log_complete, 120_000);
const asleep = ({ id }: Build): Promise<Build> =>
  kiln.until(id, async () => (await kiln.log(id)).includes('asleep\n'), 60_000);

const names = (cases: readonly MethodCase[]): string[] => cases.map(({ method }) => method);
const stepsOf = async ({ id }: Build): Promise<BuildStep[]> =>
  (await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${id}/steps`)).items;
const remains = (): string[] => remainsOf(kiln.stateFolder);

describe('a success', () => {
  const work = { script: 'echo hello from the step' };
  const seen = sideBySide(CASES, (cases) =>
    Promise.all(
      cases.map(async (one) => {
        const options = one.cacheOptions?.(kiln) ?? {};
        const first = await ended(await start(one, work, { options }));
        return { first, again: await ended(await start(one, work, { options })) };
      }),
    ),
  );

  test.each(names(CASES))('%s: the registry serves the digest of the record', async (method) => {
    const { first } = seen(method);
    expect([first.status, first.result.failure_reason]).toEqual(['success', null]);
    expect(first.result.output_image_digest).toMatch(/^sha256:/);
    expect(await servedDigest(first.destinations[0]!)).toBe(first.result.output_image_digest);
  });

  test.each(names(CASES))('%s: the layers of its base image are known by name and digest', async (method) => {
    const { reference, digest, ...seenOf } = await seenBase(kiln, seen(method).first);
    expect(digest).toMatch(/^sha256:/);
    expect(seenOf).toEqual({ exploration: ['explored', null], lowest: [reference, digest, true] });
  });

  test.each(names(CASES))('%s: steps have names, times and what they printed', async (method) => {
    const { first } = seen(method);
    const steps = await stepsOf(first);
    expect(steps.map(({ status }) => status)).toEqual(steps.map(() => 'success'));
    expect(steps.every(({ duration_milliseconds: ms, step_name: name }) => ms !== null && name !== '')).toBe(
      true,
    );
    expect(steps.filter(({ stdout }) => stdout?.includes('hello from the step'))).toHaveLength(1);
    expect(await kiln.log(first.id)).toContain('hello from the step\n');
    const metrics = await kiln.json<BuildMetrics>('GET', `/v1/builds/${first.id}/metrics`);
    expect(metrics.total_layers).toBeGreaterThan(0);
    expect(metrics.docker_build_duration_seconds).not.toBeNull();
  });

  test.each(names(CASES))('%s: the second build finds its cache, if it keeps one', async (method) => {
    const { again } = seen(method);
    expect([again.status, again.result.failure_reason]).toEqual(['success', null]);
    const keepsNone = CASES.find((one) => one.method === method)?.keepsNoCache !== undefined;
    expect((await stepsOf(again)).some(({ cached }) => cached)).toBe(!keepsNone);
  });
});

describe('a failing step', () => {
  const seen = sideBySide(CASES, (cases) =>
    Promise.all(
      cases.map(async (one) => ended(await start(one, { script: 'echo about to fail && exit 7' }))),
    ),
  );
  test.each(names(CASES))('%s: phase, step, exit code and last lines are told', async (method) => {
    const build = seen(method);
    expect(build.result).toMatchObject({
      ...{ status: 'failed', failure_code: 'build_step_failed', failure_stage: 'build', exit_code: 7 },
      failure_last_lines: expect.arrayContaining(['about to fail']),
    });
    expect((await stepsOf(build)).filter(({ status }) => status === 'failed')).toHaveLength(1);
  });
});

describe('a missing file', () => {
  const seen = sideBySide(CASES, (cases) =>
    Promise.all(
      cases.map(async (one) =>
        start(one, { script: 'true', missingFile: 'no-such-file' }).then(ended, (error: unknown) =>
          String(error),
        ),
      ),
    ),
  );
  test.each(names(CASES))('%s: is named, and no retry is promised', (method) => {
    const outcome = seen(method);
    const said = typeof outcome === 'string' ? outcome : outcome.result.failure_reason;
    expect(said).toContain('no-such-file');
    if (typeof outcome !== 'string')
      expect(outcome.result).toMatchObject({ status: 'failed', retryable: false });
  });
});

describe('a step that takes too long', () => {
  const seen = sideBySide(CASES, (cases) =>
    Promise.all(
      cases.map(async (one) =>
        ended(await start(one, { script: 'echo asleep; sleep 300' }, { project: 'timed' })),
      ),
    ),
  );
  test.each(names(CASES))('%s: has the result timeout', (method) => {
    expect(seen(method).result).toMatchObject({ status: 'timeout', failure_code: 'step_timeout' });
  });
  test('leaves nothing', () => {
    expect(remains()).toEqual([]);
  });
});

/** Control groups need root; what is said without them is looked at in test/supervisor. */
const describeAsRoot = process.getuid?.() === 0 ? describe : describe.skip;
describeAsRoot('a step that needs more memory than its build was given', () => {
  const body = { resources: { memory: '192MiB' } };
  const seen = sideBySide(CASES, (cases) =>
    Promise.all(cases.map(async (one) => ended(await start(one, { script: 'tail /dev/zero' }, { body })))),
  );
  test.each(names(CASES))('%s: ends as that, and names step and amount', async (method) => {
    const build = seen(method);
    expect(build.result).toMatchObject({
      ...{ status: 'failed', failure_code: 'out_of_memory', failure_stage: 'build', retryable: false },
      failure_instruction: expect.stringMatching(/tail \/dev\/zero|test\/script|local shell script/),
      failure_reason: expect.stringContaining(
        `${build.result.failure_instruction} needed more memory than the build was given: 192MiB by its setting memory`,
      ),
      failure_fix: expect.stringContaining('--memory'),
    });
    expect(await kiln.log(build.id)).toContain('May use 192MiB of memory, all CPUs, 16384 processes');
  });
  test('leaves nothing', () => {
    expect(remains()).toEqual([]);
  });
});

describe('a secret', () => {
  const takers = CASES.filter(({ refusesSecrets }) => refusesSecrets === null);
  const work = { script: 'cat "$SECRET_FILE"; echo; test -s "$SECRET_FILE"', secret: 'conformance-secret' };
  const seen = sideBySide(takers, (cases) =>
    Promise.all(cases.map(async (one) => ended(await start(one, work)))),
  );
  test.each(names(takers))('%s: is there for its step and masked in the log', async (method) => {
    const build = seen(method);
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
    const log = await kiln.log(build.id);
    expect(log).toContain('***');
    expect(log).not.toContain(SECRET);
    const rows = await kiln.query('SELECT s::text FROM build_steps s WHERE build_id = $1', [build.id]);
    expect(JSON.stringify(rows)).not.toContain(SECRET);
  });
  for (const one of CASES.filter(({ refusesSecrets }) => refusesSecrets !== null))
    test(`${one.method}: is refused with a reason where there is no way to give it`, async () => {
      await expect(start(one, work)).rejects.toThrow(one.refusesSecrets!);
    });
});

describe('isolation', () => {
  let before: Record<string, string>;
  const seen = sideBySide(CASES, (cases) => {
    before = fingerprints(HOST_FOLDERS);
    writeFileSync(join(kiln.stateFolder, 'of-the-host'), 'of the host');
    return Promise.all(cases.map(async (one) => ended(await start(one, { script: isolationProbes(kiln) }))));
  });
  test.each(names(CASES))(
    '%s: a step reaches no port of the platform, no metadata address, no docker socket, no file of the host',
    (method) => {
      const build = seen(method);
      expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
    },
  );
  test('the host, the checkout and files beside the workspaces are what they were', () => {
    expect(readFileSync(join(kiln.stateFolder, 'of-the-host'), 'utf8')).toBe('of the host');
    expect(existsSync('/etc/kiln-was-here')).toBe(false);
    expect(fingerprints(HOST_FOLDERS)).toEqual(before);
  });
});

describe('a registry that lets nobody write', () => {
  const seen = sideBySide(CASES, (cases) =>
    Promise.all(
      cases.map(async (one) =>
        ended(
          await start(
            one,
            { script: 'true' },
            { body: { destinations: [`${closed.host}/conformance/${one.method}:1`] } },
          ),
        ),
      ),
    ),
  );
  test.each(names(CASES))('%s: fails in the phase push and names the registry', (method) => {
    const { result } = seen(method);
    expect(result).toMatchObject({ status: 'failed', failure_stage: 'push' });
    expect(result.failure_reason).toContain(closed.host);
  });
});

describe('a worker that is killed in the middle of a step', () => {
  const seen = sideBySide(CASES, async (cases) => {
    const builds = await Promise.all(
      cases.map((one) => start(one, { script: 'echo asleep; sleep 4; echo awake' })),
    );
    await Promise.all(builds.map(asleep));
    kiln.kill('worker');
    return Promise.all(builds.map(ended));
  });
  test.each(names(CASES))('%s: the build goes on in the same attempt, its log whole', async (method) => {
    const build = seen(method);
    expect([build.status, build.result.failure_reason, build.attempts]).toEqual(['success', null, 1]);
    expect(await kiln.log(build.id)).toMatch(/asleep\n[^]*awake\n/);
  });
});

describe('a cancel, with a supervisor that is killed while it cleans up', () => {
  const seen = sideBySide(CASES, async (cases) => {
    const builds = await Promise.all(cases.map((one) => start(one, { script: 'echo asleep; sleep 300' })));
    await Promise.all(builds.map(asleep));
    await Promise.all(builds.map(({ id }) => kiln.json('POST', `/v1/builds/${id}/cancel`)));
    kiln.kill('supervisor');
    return Promise.all(builds.map(({ id }) => kiln.until(id, hasEnded, 60_000)));
  });
  test.each(names(CASES))('%s: the build is cancelled and nothing is published', async (method) => {
    const build = seen(method);
    expect([build.status, build.result.status]).toEqual(['cancelled', 'cancelled']);
    expect(await servedDigest(build.destinations[0]!)).toBeNull();
  });
  test('the clean-up is done twice and leaves nothing', async () => {
    for (let tries = 0; tries < 200 && remains().length > 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(remains()).toEqual([]);
  });
});
