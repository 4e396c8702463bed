import { eventStream, json, type FakeApi } from './support/fake-api.js';
import { aFolderAndKiln, endsAs, ID, success } from './support/fake-build.js';
import { aBuild } from '../support/api-records.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
let home: string;
let end: () => Promise<void>;
beforeEach(async () => {
  ({ api, home, end } = await aFolderAndKiln());
});
afterEach(() => end());

describe('Ctrl-C during kiln build', () => {
  /** A build that runs until it is cancelled. */
  function runsUntilCancelled(): void {
    endsAs(api, aBuild({ id: ID, status: 'cancelled' }));
    let cancelled: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (cancelled = resolve));
    api.on(`POST /v1/builds/${ID}/cancel`, (_request, response) => {
      json(response, 202, aBuild({ id: ID, cancel_requested_at: success.created_at }));
      cancelled();
    });
    api.on(`GET /v1/builds/${ID}/events`, async (_request, response) => {
      const send = eventStream(response);
      send('build', aBuild({ id: ID }));
      await end;
      send('end', { status: 'cancelled' });
      response.end();
    });
  }
  const run = (onStderr: (text: string, interrupt: () => void) => void) =>
    runKiln(['build', 'My App'], { apiUrl: api.url, cwd: home, onStderr });

  it('cancels the build and waits for its end', async () => {
    runsUntilCancelled();
    const ran = await run((text, interrupt) => text.includes('hello#12 building') && interrupt());
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toContain('Cancelling hello#12\n  Ctrl-C again leaves without waiting\n');
    expect(ran.stdout).toContain('✗ hello#12 cancelled');
    expect(api.requests(`POST /v1/builds/${ID}/cancel`)).toHaveLength(1);
  });

  it('leaves at the second press', async () => {
    runsUntilCancelled();
    api.on(`POST /v1/builds/${ID}/cancel`, () => undefined);
    const ran = await run((text, interrupt) => {
      if (text.includes('hello#12 building') || text.includes('Cancelling')) setImmediate(interrupt);
    });
    expect(ran.exitCode).toBe(130);
    expect(ran.stderr).toContain('Left hello#12 as it is\n  Follow it: kiln logs -f hello#12\n');
    expect(ran.stderr.split('\n').filter((line) => line.length > 50)).toEqual([]);
  });

  it('before there is a build just ends', async () => {
    runsUntilCancelled();
    api.on('PUT /v1/uploads/sha256/*', () => undefined);
    const ran = await run(
      (text, interrupt) => text.includes('Reading the context') && setTimeout(interrupt, 50),
    );
    expect(ran.exitCode).toBe(130);
    expect(api.requests('POST /v1/projects/my-app/builds')).toHaveLength(0);
  });

  it('while the build is being accepted cancels it as soon as it is there', async () => {
    runsUntilCancelled();
    const interrupts: (() => void)[] = [];
    api.on('POST /v1/projects/my-app/builds', (_request, response) => {
      interrupts.at(-1)?.();
      json(response, 202, aBuild({ id: ID, status: 'queued' }));
    });
    const ran = await run((_text, interrupt) => interrupts.push(interrupt));
    expect(ran.exitCode).toBe(3);
    expect(api.requests(`POST /v1/builds/${ID}/cancel`)).toHaveLength(1);
  });
});
