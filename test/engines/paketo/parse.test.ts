import fc from 'fast-check';
import { endOf, expectGolden, parse, recording, recordings, shown, stepsOf } from './recordings.js';

const line = (record: object): Buffer => Buffer.from(`${JSON.stringify({ at: 2, ...record })}\n`);
const out = (text: string, at = 2): Buffer => line({ at, out: Buffer.from(text).toString('base64') });
const begin = (phase: string): Buffer => line({ begin: phase, subject: '' });
const FAILED = { exitCode: 1, signal: null, outputs: {} };
const failureOf = (name: string) => parse([recording(name)], endOf(name)).verdict.failure;

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
      { numRuns: 50 },
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

test('the images of a build are those of the record of the launcher, whatever a buildpack prints', () => {
  const images = [
    { reference: 'reg:5000/builder:1', digest: `sha256:${'a'.repeat(64)}` },
    { reference: 'reg:5000/run:1', digest: `sha256:${'b'.repeat(64)}`, isBase: true },
  ];
  const forged = { at: 2, end: 'builder', exitCode: 0, images: [{ reference: 'evil/run:1', digest: null }] };
  const pieces = [
    begin('builder'),
    line({ end: 'builder', exitCode: 0, images }),
    begin('build'),
    out(`${JSON.stringify(forged)}\n[builder] evil/run@sha256:${'e'.repeat(64)}\n`),
    line({ end: 'build', exitCode: 0 }),
  ];
  const { verdict } = parse(pieces, endOf('success'));
  expect([verdict.failure, verdict.images]).toEqual([null, images]);
});

test('the step of the builder ends with the digest that was taken', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const steps = ['reg:5000/builder:1', `reg:5000/builder@sha256:${'b'.repeat(64)}`].map((subject) => {
    const fetched = [
      line({ begin: 'builder', subject }),
      line({ end: 'builder', exitCode: 0, cached: true, digest }),
    ];
    return stepsOf(parse(fetched, FAILED).events)[0]?.name;
  });
  expect(steps).toEqual([
    `[builder] reg:5000/builder:1@${digest}`,
    `[builder] reg:5000/builder@sha256:${'b'.repeat(64)}`,
  ]);
});

test('phases, buildpacks and layers are the steps, and the push is timed', () => {
  const { events, verdict } = parse([recording('success')], endOf('success'));
  const names = stepsOf(events).map(({ name }) => name.replace(/ 127.*/, ''));
  expect(names).toEqual([
    ...['[builder]', '[analyze]', '[detect]', '[restore]'],
    ...['[build] kiln/pages@1.0.0', '[build] kiln/procfile@1.0.0', '[export] kiln/pages:site'],
    ...['launch.sbom', 'application', 'launcher', 'config', 'process-types'].map((name) =>
      name === 'application' ? `[export] ${name}` : `[export] buildpacksio/lifecycle:${name}`,
    ),
    ...['[push]', '[cache] kiln/pages:site'],
  ]);
  expect(verdict.pushDurationMs).toBeGreaterThan(0);
});

test('layers that are used again are marked, and so is a builder that was there; those of the first build are not', () => {
  const cachedIn = (name: string): string[] =>
    stepsOf(parse([recording(name)], endOf(name)).events)
      .filter((step) => step.cached)
      .map((step) => step.name.replace(/ 127.*/, ''));
  expect(cachedIn('cached')).toEqual(
    expect.arrayContaining(['[builder]', '[export] kiln/pages:site', '[export] application']),
  );
  expect(cachedIn('success')).toEqual([]);
});

test('a layer that the lifecycle calls reused and then added is one step, which ran only where the reuse failed', () => {
  const stepsOfCache = (...said: string[]) =>
    stepsOf(parse([begin('export'), ...said.map((text) => out(`${text}\n`))], FAILED).events).map(
      ({ name, cached }) => [name, cached],
    );
  const [reused, added] = ["Reusing cache layer 'a/b:c'", "Adding cache layer 'a/b:c'"];
  expect(stepsOfCache(reused, added)).toEqual([['[cache] a/b:c', true]]);
  const warned = 'Warning: Skipping re-use for layer a/b:c: no such file';
  expect(stepsOfCache(reused, warned, added)).toEqual([['[cache] a/b:c', false]]);
  expect(stepsOfCache(added, "Adding cache layer 'a/b:d'")).toHaveLength(2);
});

test('a failing buildpack tells its name, its exit code and its last lines', () => {
  expect(failureOf('failing')).toMatchObject({
    ...{ code: 'build_step_failed', stage: 'build', exitCode: 7, instruction: 'kiln/procfile@1.0.0' },
    lastLines: expect.arrayContaining(['about to fail', 'without a newline', 'why it fails']),
  });
});

test('where no buildpack takes the source, those that were tried are named', () => {
  expect(failureOf('undetected')).toMatchObject({
    ...{ code: 'buildpack_not_detected', stage: 'compile', retryable: false },
    message: expect.stringContaining('kiln/pages@1.0.0 (no), kiln/procfile@1.0.0 (no, optional)'),
  });
  expect(failureOf('detect-error')).toMatchObject({
    code: 'buildpack_not_detected',
    message: expect.stringContaining('kiln/pages@1.0.0 (error)'),
  });
});

test('a builder that does not fit and an image that is no builder say so', () => {
  expect(failureOf('foreign-api')).toMatchObject({
    code: 'builder_invalid',
    message: expect.stringContaining("buildpack API version '0.99' is incompatible"),
  });
  expect(failureOf('no-builder')).toMatchObject({
    code: 'builder_invalid',
    message: expect.stringContaining('is no builder: it has no label io.buildpacks.builder.metadata'),
  });
});

test('a buildpack that prints what the lifecycle prints begins no step and ends that of no other', () => {
  const printed = [
    'Running build for buildpack a/one@1\n',
    'Running build for buildpack b/two@1\nFinished running build for buildpack b/two@1\n',
    "Adding layer 'x'\nSaving image...\nERROR: mine\n",
    'Finished running build for buildpack a/one@1\n',
  ];
  const { events } = parse([begin('build'), ...printed.map((text) => out(text))], FAILED);
  expect(stepsOf(events).map(({ name }) => name)).toEqual(['[build] a/one@1']);
  expect(stepsOf(events)[0]?.stdout).toContain('ERROR: mine\n');
});

test('what a registry answers becomes the reason of a failed export', () => {
  const ended = (text: string) =>
    parse([begin('export'), out(`ERROR: ${text}\n`), line({ end: 'export', exitCode: 62 })], FAILED).verdict;
  expect(ended('failed to export: UNAUTHORIZED: no').failure?.code).toBe('registry_denied');
  expect(ended('failed to export: dial tcp: refused').failure).toMatchObject({
    ...{ code: 'registry_unreachable', stage: 'push', retryable: true },
  });
  expect(ended('failed to export: no space left on device').failure?.code).toBe('disk_full');
});

test('takes any bytes without throwing', () => {
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => Buffer.from(`${json}\n`)),
    fc.json().map((json) => out(`${json}\n`)),
  );
  fc.assert(
    fc.property(fc.array(junk), (pieces) => parse(pieces, FAILED).verdict.failure !== null),
    { numRuns: 200 },
  );
});

test('success without a digest is none', () => {
  const end = { exitCode: 0, signal: null, outputs: {} };
  expect(parse([], end).verdict.failure).toMatchObject({ code: 'engine_failed' });
});
