import fc from 'fast-check';
import { aBuild } from '../support/api-records.js';
import { followLog } from '../../src/contracts/log-operations.js';
import { createClient } from '../../src/cli/client.js';
import { readEvents, type ServerEvent } from '../../src/cli/event-stream.js';
import { followToEnd } from '../../src/cli/follow-build.js';
import { createSilent } from '../../src/cli/progress/progress.js';
import { followEvents, type FollowOptions } from '../../src/cli/follow-events.js';
import { eventStream, startFakeApi, TOKEN, type FakeApi } from './support/fake-api.js';

async function read(...pieces: Uint8Array[]): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  for await (const event of readEvents(body())) events.push(event);
  return events;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('an event stream', () => {
  const text =
    ': comment\n\nretry: 1000\n\nid: 1.0\nevent: log\ndata: {"a":"日本"}\n\nid: 1.1\ndata:one\ndata: two\n\nevent: empty\n\nevent: end\ndata\n\ndata: half';
  const events = [
    { id: '1.0', event: 'log', data: '{"a":"日本"}' },
    { id: '1.1', event: 'message', data: 'one\ntwo' },
    { id: '1.1', event: 'end', data: '' },
  ];

  it('is read as the standard says', async () => {
    expect(await read(bytes(text))).toEqual(events);
  });

  it.each(['\r\n', '\r'])('may end its lines with %j', async (end) => {
    expect(await read(bytes(text.replaceAll('\n', end)))).toEqual(events);
  });

  it('may be cut anywhere, also inside a character and inside CRLF', async () => {
    const whole = bytes(text.replaceAll('\n', '\r\n'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 8 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, index) => whole.subarray(at[index], end));
        expect(await read(...pieces)).toEqual(events);
      }),
    );
  });
});

describe('following a stream', () => {
  let api: FakeApi;
  beforeEach(async () => {
    api = await startFakeApi();
  });
  afterEach(() => api.close());

  async function follow(options: Partial<FollowOptions>): Promise<string[]> {
    const client = createClient({ apiUrl: api.url, token: TOKEN });
    const signal = options.signal ?? new AbortController().signal;
    const seen: string[] = [];
    for await (const { event } of followEvents(
      client,
      followLog,
      { build: 'b' },
      { firstDelayMs: 1, ...options, signal },
    )) {
      seen.push(event);
    }
    return seen;
  }

  it('opens it again when it falls silent', async () => {
    let connections = 0;
    api.on('GET /v1/builds/b/log/events', (_request, response) => {
      const send = eventStream(response);
      connections += 1;
      if (connections > 1) send('end', {});
    });
    let broken = 0;
    expect(await follow({ silenceMs: 1_000, onBroken: () => (broken += 1) })).toEqual(['end']);
    // On a busy machine an answer may be late too, and is asked for again.
    expect([broken > 0, broken]).toEqual([true, connections - 1]);
  });

  it('gives up with a failure when Kiln stays away too long', async () => {
    await api.close();
    await expect(follow({ patienceMs: 50 })).rejects.toMatchObject({ code: 'unavailable', exitCode: 5 });
    api = await startFakeApi();
  });

  it('gives up, with exit code 5, when the connection of a followed build is killed for good', async () => {
    for (const stream of ['events', 'log/events'])
      api.on(`GET /v1/builds/b/${stream}`, (_request, response) => {
        eventStream(response)('build', aBuild({ id: 'b' }));
        setTimeout(() => void api.close(), 20);
      });
    const client = createClient({ apiUrl: api.url, token: TOKEN });
    const told: string[] = [];
    const progress = createSilent({ write: (text) => told.push(text) > 0 });
    const signal = new AbortController().signal;
    const following = followToEnd(client, aBuild({ id: 'b' }), progress, { signal, patienceMs: 4_000 });
    await expect(following).rejects.toMatchObject({ code: 'unavailable', exitCode: 5 });
    expect(told).toEqual([expect.stringMatching(/^Kiln does not answer; trying again for \ds more\n$/)]);
    api = await startFakeApi();
  });

  it('does not count the quiet of a build against Kiln', async () => {
    let connections = 0;
    api.on('GET /v1/builds/b/log/events', (_request, response) => {
      const send = eventStream(response);
      connections += 1;
      if (connections === 2) return send('end', {});
      const beat = setInterval(() => response.write(': beat\n\n'), 20);
      setTimeout(() => (clearInterval(beat), response.destroy()), 1_500);
    });
    expect(await follow({ patienceMs: 1_000 })).toEqual(['end']);
  });

  it('ends silently when nobody wants it any more', async () => {
    const stop = new AbortController();
    api.on('GET /v1/builds/b/log/events', (_request, response) => {
      eventStream(response)('log', {});
      setTimeout(() => stop.abort(), 30);
    });
    expect(await follow({ signal: stop.signal })).toEqual(['log']);
  });
});
