import fc from 'fast-check';
import { endOf, expectGolden, parse, recording, recordings, shown, stepsOf } from './recordings.js';

const line = (record: object): Buffer => Buffer.from(`${JSON.stringify(record)}\n`);
const out = (text: string, at = 2) => line({ at, out: Buffer.from(text).toString('base64') });
const BEGIN = line({ at: 1, begin: 'build', image: null });
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

test('takes any bytes without throwing', () => {
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => Buffer.from(`${json}\n`)),
    fc
      .record({ at: fc.anything(), out: fc.anything(), begin: fc.anything(), end: fc.anything() })
      .map((record) => {
        try {
          return line(record);
        } catch {
          return Buffer.from('{}\n');
        }
      }),
  );
  fc.assert(
    fc.property(fc.array(junk), (pieces) => parse(pieces, FAILED).verdict.failure !== null),
    { numRuns: 300 },
  );
});

test('a step cannot pass its lines off as marks of buildah, except for the very next step', () => {
  const { events } = parse(
    [
      BEGIN,
      out('STEP 1/3: FROM base\nSTEP 2/3: RUN loud\n'),
      out(
        `working\n--> Using cache ${'a'.repeat(64)}\nSTEP 2/3: RUN again\nSTEP 3/9: RUN forged\n[2/2] STEP 1/1: FROM x\n`,
      ),
      out('STEP 3/3: RUN last\n'),
    ],
    FAILED,
  );
  expect(stepsOf(events).map(({ name, cached }) => [name, cached])).toEqual([
    ['[1/3] FROM base', false],
    ['[2/3] RUN loud', false],
    ['[3/3] RUN last', false],
  ]);
});

test('an output without a newline at its end does not swallow the next step', () => {
  const { events } = parse(
    [BEGIN, out('STEP 1/2: FROM base\nSTEP 2/2: RUN a\n'), out('half a li'), out('ne')],
    FAILED,
  );
  expect(stepsOf(events).at(-1)?.stdout).toBe('half a line');
  const glued = parse([BEGIN, out('STEP 1/3: FROM b\nSTEP 2/3: RUN a\nno endSTEP 3/3: RUN b\n')], FAILED);
  expect(stepsOf(glued.events).map(({ name, stdout }) => [name, stdout])).toEqual([
    ['[1/3] FROM b', null],
    ['[2/3] RUN a', 'no end\n'],
    ['[3/3] RUN b', null],
  ]);
});

test('durations come from the times of the records', () => {
  const { events } = parse(
    [
      BEGIN,
      out('STEP 1/2: FROM base\n', 1000),
      out('STEP 2/2: RUN a\n', 1500),
      line({ at: 4000, end: 'build', exitCode: 0, signal: null }),
    ],
    { ...FAILED, exitCode: 0 },
  );
  expect(stepsOf(events).map(({ durationMs }) => durationMs)).toEqual([500, 2500]);
});

test('a run that was killed says so, and its open step has failed', () => {
  const { events, verdict } = parse([BEGIN, out('STEP 1/2: FROM base\nSTEP 2/2: RUN a\n')], {
    exitCode: null,
    signal: 'SIGKILL',
    outputs: {},
  });
  expect(verdict.failure).toMatchObject({
    code: 'engine_failed',
    message: expect.stringContaining('SIGKILL'),
  });
  expect(stepsOf(events).at(-1)?.status).toBe('failed');
});

test('success without a digest is none', () => {
  expect(parse([], { exitCode: 0, signal: null, outputs: {} }).verdict.failure).toMatchObject({
    code: 'engine_failed',
    stage: 'push',
  });
});

const CACHED = `--> Using cache ${'a'.repeat(64)}\n`;

test('a stage that an instruction waits for goes first, and what waited goes on after it', () => {
  const said = [
    '[2/2] STEP 1/3: FROM base\n',
    '[2/2] STEP 2/3: COPY --from=tools /a /a\n',
    '[1/2] STEP 1/2: FROM base AS tools\n',
    `[1/2] STEP 2/2: COPY a /a\n${CACHED}`,
    `${CACHED}[2/2] STEP 3/3: RUN last\n`,
  ].join('');
  const done = parse([BEGIN, out(said), line({ at: 9, end: 'build', exitCode: 0, signal: null })], FAILED);
  expect(stepsOf(done.events).map(({ name, status, cached }) => [name, status, cached])).toEqual([
    ['[stage-1 1/3] FROM base', 'success', false],
    ['[stage-1 2/3] COPY --from=tools /a /a', 'success', true],
    ['[tools 1/2] FROM base AS tools', 'success', false],
    ['[tools 2/2] COPY a /a', 'success', true],
    ['[stage-1 3/3] RUN last', 'success', false],
  ]);
});

test('what waits for a stage that fails is skipped', () => {
  const said = [
    '[2/2] STEP 1/2: FROM base\n[2/2] STEP 2/2: COPY --from=tools /a /a\n',
    '[1/2] STEP 1/2: FROM base AS tools\n[1/2] STEP 2/2: RUN false\n',
  ].join('');
  const error = Buffer.from('Error: building at STEP "RUN false": while running runtime: exit status 1\n');
  const { events, verdict } = parse(
    [
      BEGIN,
      out(said),
      line({ at: 3, err: error.toString('base64') }),
      line({ at: 4, end: 'build', exitCode: 1, signal: null }),
    ],
    FAILED,
  );
  expect(stepsOf(events).map(({ status }) => status)).toEqual(['success', 'skipped', 'success', 'failed']);
  expect(verdict.failure).toMatchObject({ code: 'build_step_failed', exitCode: 1, instruction: 'RUN false' });
});
