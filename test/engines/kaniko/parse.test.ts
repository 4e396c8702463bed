import fc from 'fast-check';
import { endOf, expectGolden, parse, recording, recordings, shown, stepsOf } from './recordings.js';

const record = (text: string, at = 2): Buffer =>
  Buffer.from(`${JSON.stringify({ at, data: Buffer.from(text).toString('base64') })}\n`);
const said = (msg: string): string =>
  `${JSON.stringify({ level: 'info', msg, time: '2026-01-01T00:00:00Z' })}\n`;
const FAILED = { exitCode: 1, signal: null, outputs: {} };

function split(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}

describe('the parser on recorded output of the launcher', () => {
  test.each(recordings())('reads %s as its golden says', (name) => {
    const { events, verdict } = parse([recording(name)], endOf(name));
    const { events: _told, ...rest } = verdict;
    expectGolden(`${name}.golden.json`, { ...rest, steps: stepsOf(events), events: shown(events) });
  });

  test('gives the same events for any split of a recording', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...recordings()),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        (name, places) => {
          const parsed = parse(split(recording(name), places), endOf(name));
          const whole = parse([recording(name)], endOf(name));
          expect(shown(parsed.events)).toEqual(shown(whole.events));
          expect({ ...parsed.verdict, events: [] }).toEqual({ ...whole.verdict, events: [] });
        },
      ),
      { numRuns: 100 },
    );
  });

  test('gives every step one number, from 1 without a gap, and an end', () => {
    for (const name of recordings()) {
      const steps = stepsOf(parse([recording(name)], endOf(name)).events);
      expect(steps.map(({ number }) => number)).toEqual(steps.map((_, index) => index + 1));
      expect(steps.filter(({ status }) => status === 'running')).toEqual([]);
    }
  });
});

test('steps that were taken from the cache are marked, those before them are not', () => {
  const steps = stepsOf(parse([recording('cached')], endOf('cached')).events);
  const cached = steps.filter((step) => step.cached).map(({ instructionType }) => instructionType);
  expect(cached).toEqual(['RUN', 'COPY', 'COPY', 'RUN']);
  const first = stepsOf(parse([recording('success')], endOf('success')).events);
  expect(first.filter((step) => step.cached)).toEqual([]);
});

test('a failing step tells its exit code, its instruction and its last lines', () => {
  expect(parse([recording('failing-run')], endOf('failing-run')).verdict.failure).toMatchObject({
    code: 'build_step_failed',
    stage: 'build',
    exitCode: 7,
    instruction: 'RUN echo about to fail && exit 7',
    lastLines: ['about to fail'],
  });
});

test('an output without a newline at its end does not swallow the next step', () => {
  const { events } = parse([record(`${said('RUN a')}no end${said('RUN b')}`)], FAILED);
  expect(stepsOf(events).map(({ name, stdout }) => [name, stdout])).toEqual([
    ['RUN a', 'no end\n'],
    ['RUN b', null],
  ]);
});

test('durations come from the times of the records', () => {
  const { events } = parse([record(said('RUN a'), 1000), record(said('RUN b'), 1500)], FAILED);
  expect(stepsOf(events)[0]?.durationMs).toBe(500);
});

test('takes any bytes without throwing', () => {
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => Buffer.from(`${json}\n`)),
    fc.json().map((json) => record(`${json}\n`)),
  );
  fc.assert(
    fc.property(fc.array(junk), (pieces) => parse(pieces, FAILED).verdict.failure !== null),
    { numRuns: 300 },
  );
});

test('success without a digest is none', () => {
  const end = { exitCode: 0, signal: null, outputs: {} };
  expect(parse([], end).verdict.failure).toMatchObject({ code: 'engine_failed', stage: 'push' });
});
