import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build } from '../../src/contracts/builds.js';
import { anOtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

const TRACE = 'a'.repeat(32);
const CALLER = 'b'.repeat(16);

let kiln: TestKiln;
let receiver: Awaited<ReturnType<typeof anOtlpReceiver>>;
/** What the receiver does; by itself it takes everything. */
let status = 200;
beforeAll(async () => {
  receiver = await anOtlpReceiver((response) => {
    // As one that has stored it and dies before it has said so.
    if (status === 0) response.destroy();
    else response.writeHead(status).end();
  });
  kiln = await startKiln(
    {
      KILN_STUB_ENGINE: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-scope=team%20a',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    },
    undefined,
    ['--slots', '2', '--methods', 'buildx'],
  );
  await kiln.call('POST', '/v1/projects', { slug: 'traced' });
}, 300_000);
afterAll(async () => {
  await kiln.stop();
  await receiver.close();
}, 60_000);

async function aBuild(headers: Record<string, string> = {}, args = {}): Promise<Build> {
  const body = {
    ...{ method: 'buildx', source: { kind: 'inline' } },
    options: { dockerfile_inline: 'FROM scratch', build_args: args },
  };
  return (await (await kiln.call('POST', '/v1/projects/traced/builds', body, headers)).json()) as Build;
}

const ofBuild = ({ id }: Build): ReceivedSpan[] => {
  const roots = receiver.spans().filter(({ attributes }) => attributes['cicd.pipeline.run.id'] === id);
  const request = receiver.received.find(({ spans }) => spans.some((span) => roots.includes(span)));
  return [...(request?.spans ?? [])];
};
async function traceOf(build: Build): Promise<ReceivedSpan[]> {
  await expect.poll(() => ofBuild(build).length, { timeout: 60_000 }).toBeGreaterThan(0);
  return ofBuild(build);
}
const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`no ${name} among ${spans.map((one) => one.name).join(', ')}`);
  return found;
};
const ms = (at: string | null): number => new Date(at!).getTime();

test('a build below the request of a caller comes as one whole trace, with the parents and times of its record', async () => {
  const build = await aBuild({ traceparent: `00-${TRACE}-${CALLER}-01` });
  const ended = await kiln.until(build.id, hasEnded);
  expect(ended.status).toBe('success');
  expect(ended.trace_id).toBe(TRACE);
  const spans = await traceOf(build);
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  expect(new Set(spans.map(({ scope }) => scope))).toEqual(new Set([0]));

  const request = named(spans, 'accept build');
  const root = named(spans, 'BUILD buildx');
  const attempt = named(spans, 'attempt 1');
  expect(request.parentSpanId).toBe(CALLER);
  expect(root.parentSpanId).toBe(request.spanId);
  for (const name of ['wait in queue', 'attempt 1', 'publish', 'move tags'])
    expect(named(spans, name).parentSpanId).toBe(root.spanId);

  expect(request.endMs).toBe(ms(ended.created_at));
  expect([root.startMs, root.endMs]).toEqual([ms(ended.created_at), ms(ended.completed_at)]);
  expect(root.kind).toBe(2);
  expect(root.attributes).toMatchObject({
    'cicd.pipeline.name': 'buildx',
    'cicd.pipeline.result': 'success',
    'cicd.pipeline.action.name': 'BUILD',
    'kiln.project': 'traced',
    'kiln.build.number': ended.build_number,
  });
  expect(root.resource).toMatchObject({ 'service.name': 'kiln', 'deployment.environment.name': 'test' });

  const { items: steps } = await kiln.json<{
    items: { step_name: string; started_at: string; completed_at: string; cached: boolean }[];
  }>('GET', `/v1/builds/${build.id}/steps`);
  expect(steps.length).toBeGreaterThan(0);
  for (const step of steps) {
    const span = named(spans, step.step_name);
    expect(span.parentSpanId).toBe(attempt.spanId);
    expect([span.startMs, span.endMs]).toEqual([ms(step.started_at), ms(step.completed_at)]);
    expect(span.attributes).toMatchObject({
      'cicd.pipeline.task.run.result': 'success',
      'kiln.step.cached': step.cached,
    });
  }
  for (const span of spans.filter(({ spanId }) => spanId !== request.spanId)) {
    expect(span.startMs).toBeGreaterThanOrEqual(root.startMs);
    expect(span.endMs).toBeLessThanOrEqual(root.endMs);
  }
  const sent = receiver.received.at(-1)!;
  expect([sent.path, sent.headers['x-scope']]).toEqual(['/v1/traces', 'team a']);
}, 120_000);

test('a build that nobody traces has a trace of its own, under its id', async () => {
  const build = await aBuild();
  await kiln.until(build.id, hasEnded);
  const spans = await traceOf(build);
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([build.id.replaceAll('-', '')]));
  expect(spans.filter(({ parentSpanId }) => parentSpanId === '').map(({ name }) => name)).toEqual([
    'accept build',
  ]);
}, 120_000);

test('a build names its trace as long as traces are sent', async () => {
  const build = await aBuild();
  const traceId = build.id.replaceAll('-', '');
  expect(build.trace_id).toBe(traceId);
  const show = (...args: string[]) =>
    runKiln(['show', build.id, ...args], {
      KILN_API_URL: kiln.access.api_url,
      KILN_TOKEN: kiln.access.token,
    });
  expect((await show()).stdout).toMatch(new RegExp(`^ +trace +${traceId}$`, 'm'));
  expect(JSON.parse((await show('--json')).stdout).build.trace_id).toBe(traceId);
  // A build that ends while traces are not wanted owes none.
  await traceOf(build);
  await kiln.query('UPDATE installation SET traces_wanted = false');
  expect(await kiln.json<Build>('GET', `/v1/builds/${build.id}`)).not.toHaveProperty('trace_id');
  expect((await show()).stdout).not.toMatch(/^ +trace /m);
  await kiln.query('UPDATE installation SET traces_wanted = true');
}, 120_000);

test('a controller that is killed before it has heard the answer has the same ids sent again, and with a receiver that is down builds end as ever', async () => {
  status = 0;
  const build = await aBuild();
  expect((await kiln.until(build.id, hasEnded)).status).toBe('success');
  const first = await traceOf(build);
  kiln.kill('controller');
  const next = await aBuild();
  expect((await kiln.until(next.id, hasEnded, 90_000)).status).toBe('success');
  status = 200;
  // Its claim, which holds for a minute, is over.
  await kiln.query('UPDATE owed_traces SET next_try_at = clock_timestamp()');
  const owed = () => kiln.query('SELECT build_id FROM owed_traces');
  await expect.poll(owed, { timeout: 90_000, interval: 500 }).toEqual([]);
  const all = receiver.received.filter(({ spans }) =>
    spans.some(({ attributes }) => attributes['cicd.pipeline.run.id'] === build.id),
  );
  expect(all.length).toBeGreaterThan(1);
  for (const { spans } of all) expect(spans).toEqual(first);
}, 240_000);
