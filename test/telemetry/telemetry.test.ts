import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { ApiEvents } from '../../src/ports/api-events.js';
import { createApiEvents } from '../../src/telemetry/events.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { createApiMetrics, createRegistry, metricsPage } from '../../src/telemetry/metrics.js';

function collected() {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const registry = createRegistry();
  const logger = createLogger({ process: 'api', level: 'debug' }, destination);
  const events: ApiEvents = createApiEvents(logger, createApiMetrics(registry));
  return { lines, logger, events, registry };
}

it('writes no token, wherever it is in what is logged', () => {
  const { logger, lines } = collected();
  const secret = 'kiln_verysecret';
  logger.info(
    { authorization: secret, req: { headers: { authorization: secret } }, lease: { token: secret } },
    'x',
  );
  logger.warn({ headers: { authorization: secret, cookie: secret }, token: secret }, 'x');
  expect(lines.join('')).not.toContain(secret);
  expect(lines).toHaveLength(2);
});

it('counts and logs an accepted build under its id', async () => {
  const { events, lines, registry } = collected();
  events.buildAccepted({ buildId: 'b-1', project: 'hello', method: 'buildx', created: true });
  events.buildAccepted({ buildId: 'b-1', project: 'hello', method: 'buildx', created: false });
  expect((await metricsPage(registry)).text).toContain('kiln_builds_accepted_total{method="buildx"} 1');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    process: 'api',
    build_id: 'b-1',
    msg: 'build accepted',
  });
});

it('measures requests by operation and keeps quiet about frequent ones that go well', async () => {
  const { events, lines, registry } = collected();
  const request = { requestId: 'r', method: 'GET', path: '/healthz', durationMs: 12, buildId: null };
  events.requestServed({ ...request, operation: 'getHealth', status: 200 });
  events.requestServed({ ...request, operation: 'getHealth', status: 500 });
  const { text } = await metricsPage(registry);
  expect(text).toContain('kiln_http_request_duration_seconds_count{operation="getHealth",status="200"} 1');
  expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['debug', 'info']);
});

it('knows how many streams are open', async () => {
  const { events, registry } = collected();
  events.viewerJoined({ stream: 'log', buildId: 'b' });
  events.viewerJoined({ stream: 'log', buildId: 'b' });
  events.viewerLeft({ stream: 'log', buildId: 'b' });
  expect((await metricsPage(registry)).text).toContain('kiln_sse_clients{stream="log"} 1');
});
