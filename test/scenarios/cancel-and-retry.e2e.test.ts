import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Attempt, Build, BuildStep } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
let destination: Destination;
beforeAll(async () => {
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8' });
  destination = await startDestination(kiln.access.registry);
}, 300_000);
afterAll(async () => {
  destination.server.close();
  await kiln.stop();
}, 60_000);

interface Destination {
  readonly server: Server;
  readonly host: string;
  isClosed: boolean;
}

/** A registry that refuses everybody while it is closed, and else hands on to the one of the installation. */
async function startDestination(registry: string): Promise<Destination> {
  const [hostname, port] = registry.split(':');
  const made = { isClosed: false } as { -readonly [K in keyof Destination]: Destination[K] };
  made.server = createServer((incoming, outgoing) => {
    if (made.isClosed) {
      incoming.resume();
      outgoing.writeHead(403, { 'content-type': 'application/json' }).end('{"errors":[]}');
      return;
    }
    const { method, url, headers } = incoming;
    const passed = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve));
  made.host = `127.0.0.1:${(made.server.address() as AddressInfo).port}`;
  return made;
}

const list = async <Item>(build: Build, what: string): Promise<Item[]> =>
  (await kiln.json<{ items: Item[] }>('GET', `/v1/builds/${build.id}/${what}`)).items;

const stagingTags = async (): Promise<string[]> => {
  const answer = await fetch(`http://${kiln.access.registry}/v2/scenario-staging/tags/list`);
  return ((await answer.json()) as { tags?: string[] | null }).tags ?? [];
};

test('a build whose push failed is retried from its staged image, without building again', async () => {
  destination.isClosed = true;
  await kiln.call('POST', '/v1/projects', { slug: 'scenario' });
  const { id } = await kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: `FROM ${kiln.baseImage}\nRUN date +%s%N > /made` },
    destinations: [`${destination.host}/pushed/app:one`],
  });
  const failed = await kiln.until(id, hasEnded, 120_000);
  expect(failed.result).toMatchObject({
    failure_stage: 'push',
    failure_code: 'registry_denied',
    resumable_from: 'publish',
  });
  const tag = `${id}-1`;
  expect(await stagingTags()).toContain(tag);

  destination.isClosed = false;
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      kiln.json<Build>('POST', `/v1/builds/${id}/retry`, { resume_from: 'publish' }),
    ),
  );
  expect(new Set(answers.map((build) => build.id)).size).toBe(1);
  const retried = await kiln.until(
    answers[0]!.id,
    (build) => hasEnded(build) && build.result.cleanup_status === 'completed',
  );

  expect(retried).toMatchObject({
    status: 'success',
    attempts: 1,
    log_complete: true,
    trigger_source: `retry:${id}`,
    result: { is_retry: true, retry_count: 1, original_build_id: id },
  });
  expect(await list<BuildStep>(retried, 'steps')).toEqual([]);
  const served = await fetch(`http://${destination.host}/v2/pushed/app/manifests/one`, {
    method: 'HEAD',
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  expect(served.headers.get('docker-content-digest')).toBe(retried.result.output_image_digest);
  expect((await list<Build>(retried, 'chain')).map((build) => build.result.cleanup_status)).toEqual([
    'completed',
    'completed',
  ]);
  expect(await stagingTags()).not.toContain(tag);
}, 180_000);

test('a retry from the source builds again, as a link of the same chain', async () => {
  const { id } = await kiln.build(`FROM ${kiln.baseImage}\nRUN echo no && exit 3`);
  await kiln.until(id, hasEnded);
  const refused = await kiln.call('POST', `/v1/builds/${id}/retry`, { resume_from: 'publish' });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ code: 'resume_impossible' });

  for (const count of [1, 2]) {
    const { id: retryId } = await kiln.json<Build>('POST', `/v1/builds/${id}/retry`, {});
    const retried = await kiln.until(retryId, hasEnded);
    expect(retried.result).toMatchObject({ failure_code: 'build_step_failed', retry_count: count });
    const attempts = await list<Attempt>(retried, 'attempts');
    expect(attempts).toMatchObject([{ failure_code: 'build_step_failed' }]);
  }
  const chain = await kiln.json<{ items: Build[] }>('GET', `/v1/builds/${id}/chain`);
  expect(chain.items.map((build) => build.result.retry_count)).toEqual([0, 1, 2]);
}, 120_000);

test('a retry goes on when the controller is killed in the middle of it', async () => {
  const { id } = await kiln.build(`FROM ${kiln.baseImage}\nRUN sleep 4 && exit 3`);
  await kiln.until(id, hasEnded);
  const { id: retryId } = await kiln.json<Build>('POST', `/v1/builds/${id}/retry`, {});
  await kiln.until(retryId, (build) => build.status === 'in_progress');
  kiln.kill('controller');
  const ended = await kiln.until(retryId, hasEnded, 90_000);
  expect(ended).toMatchObject({ attempts: 1, result: { failure_code: 'build_step_failed' } });
}, 150_000);

/** Whether a process on this machine has the text as one of its arguments. */
const isRunning = (argument: string): boolean =>
  readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(argument);
    } catch {
      return false;
    }
  });

test('a cancel in the middle of a RUN ends its process within two seconds and publishes nothing', async () => {
  const marker = '98765';
  const accepted = await kiln.build(`FROM ${kiln.baseImage}\nRUN sleep ${marker}`);
  await kiln.until(accepted.id, () => isRunning(marker));

  const cancelledAt = Date.now();
  expect((await kiln.call('POST', `/v1/builds/${accepted.id}/cancel`)).status).toBe(202);
  while (isRunning(marker) && Date.now() - cancelledAt < 10_000) await sleep(20);
  expect(Date.now() - cancelledAt).toBeLessThan(2_000);

  const ended = await kiln.until(accepted.id, hasEnded);
  expect(ended.status).toBe('cancelled');
  expect([ended.result.output_image_digest, ended.publish_began_at]).toEqual([null, null]);
  await kiln.until(accepted.id, (build) => build.log_complete && build.result.cleanup_status === 'completed');
  const tags = await kiln.query('SELECT * FROM image_tags WHERE build_id = $1', [accepted.id]);
  expect(tags).toEqual([]);
});

test('a cancel of a build that waits for a slot ends it at once', async () => {
  const holders = await Promise.all(
    [1, 2].map((n) => kiln.build(`FROM ${kiln.baseImage}\nRUN echo ${n} && sleep 600`)),
  );
  for (const holder of holders) await kiln.until(holder.id, (build) => build.status === 'in_progress');
  const waiting = await kiln.build(`FROM ${kiln.baseImage}\nRUN echo never`);

  await kiln.call('POST', `/v1/builds/${waiting.id}/cancel`);
  const ended = await kiln.until(waiting.id, hasEnded, 10_000);
  expect(ended).toMatchObject({ status: 'cancelled', started_at: null, attempts: 0 });

  for (const holder of holders) await kiln.call('POST', `/v1/builds/${holder.id}/cancel`);
  for (const holder of holders) {
    expect((await kiln.until(holder.id, hasEnded, 10_000)).status).toBe('cancelled');
  }
});

test('a second cancel of an ended build changes nothing', async () => {
  const accepted = await kiln.build(`FROM ${kiln.baseImage}\nRUN echo quick`);
  const ended = await kiln.until(accepted.id, hasEnded);
  await kiln.call('POST', `/v1/builds/${accepted.id}/cancel`);
  const after = await kiln.json<{ status: string; completed_at: string }>('GET', `/v1/builds/${accepted.id}`);
  expect(after.status).toBe('success');
  expect(after.completed_at).toBe(ended.completed_at);
});
