import fc from 'fast-check';
import type { LaunchRecord } from '../../../src/engines/packer/order.js';
import { endOf, expectGolden, parse, recording, recordings, shown, stepsOf } from './recordings.js';

const FAILED = { exitCode: 1, signal: null, outputs: {} };
const records = (...all: LaunchRecord[]): Buffer =>
  Buffer.from(all.map((one) => `${JSON.stringify(one)}\n`).join(''));
/** Records of packer's build that says these lines. */
const saying = (...lines: string[]): Buffer =>
  records(
    { at: 1000, begin: 'build', image: null },
    ...lines.map((line, index) => ({
      at: 2000 + index * 500,
      out: Buffer.from(`1795946572,${line}\n`).toString('base64'),
    })),
  );
const of = (name: string) => parse([recording(name)], endOf(name));

function split(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}

describe('the parser on recorded output of the launcher', () => {
  test.each(recordings())('reads %s as its golden says', (name) => {
    const { events, verdict } = of(name);
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
          const whole = of(name);
          expect(shown(parsed.events)).toEqual(shown(whole.events));
          expect({ ...parsed.verdict, events: [] }).toEqual({ ...whole.verdict, events: [] });
        },
      ),
      { numRuns: 100 },
    );
  });

  test('gives every step one number, from 1 without a gap, and an end', () => {
    for (const name of recordings()) {
      const steps = stepsOf(of(name).events);
      expect(steps.map(({ number }) => number)).toEqual(steps.map((_, index) => index + 1));
      expect(steps.filter(({ status }) => status === 'running')).toEqual([]);
    }
  });
});

test('pulls, packer itself, provisioners, post-processors and the push are steps', () => {
  expect(stepsOf(of('success').events).map(({ name }) => name)).toEqual([
    'pull 127.0.0.1:5977/base/busybox:1.35.0',
    'packer init',
    'packer validate',
    '[null.app] Running local shell script (inline)',
    '[null.app] Running local shell script (inline)',
    '[null.app] Running post-processor: keep (type shell-local)',
    'read the image',
    'push 127.0.0.1:5977/staging/app:success-1',
  ]);
});

test('what a script prints is the output of its step, as it printed it and by stream', () => {
  const [step] = stepsOf(of('success').events).filter(({ name }) => name.startsWith('[null.app]'));
  expect(step?.stdout).toBe('to stdout, with a comma\nno-newline\n');
  expect(step?.stderr).toBe('to stderr\n');
});

test.each([
  ['failing-provisioner', 4, 7, 'Running local shell script (inline)'],
  ['failing-post-processor', 4, 9, 'Running post-processor: keep (type shell-local)'],
] as const)(
  '%s: the failure names step and exit code, and has its last lines',
  (name, number, code, what) => {
    const { events, verdict } = of(name);
    expect(verdict.failure).toMatchObject({
      ...{ code: 'build_step_failed', stage: 'build', stepNumber: number, exitCode: code, instruction: what },
      message: `[null.app] ${what} failed with exit code ${code}.`,
    });
    expect(verdict.failure?.lastLines.at(-1)).toBe('about to fail');
    const [failed] = stepsOf(events).filter(({ status }) => status === 'failed');
    expect([failed?.number, failed?.errorCode]).toEqual([number, String(code)]);
  },
);

test.each([
  ['syntax-error', /^app\.pkr\.hcl, line 6, column 3: Missing item separator\. Expected a comma/],
  [
    'unknown-argument',
    /^packer_template, line 9, column 5: Unsupported argument\. An argument named "inlin"/,
  ],
  [
    'unknown-plugin',
    /^packer_template, line 8: This packer has no provisioner nope, and a build cannot fetch/,
  ],
  ['required-plugin', /requires the plugin github\.com\/hashicorp\/docker\. A build has no network/],
  ['unset-variable', /^Unset variable "must"\. A used variable must be set/],
  ['missing-template', /absent\.pkr\.hcl: no such file/],
  ['docker', /no build has a Docker daemon.*source "null"/],
] as const)('%s is an error of the template, told at compile', (name, message) => {
  expect(of(name).verdict.failure).toMatchObject({
    code: 'template_invalid',
    stage: 'compile',
    retryable: false,
    message: expect.stringMatching(message),
  });
});

test.each([
  ['no-image', 'template_invalid', 'build', /left no image.*kiln_image/],
  ['no-layout', 'template_invalid', 'build', /is not one image/],
  ['absent-base', 'base_image_missing', 'build', /base\/absent:1 does not exist/],
  ['push-unreachable', 'registry_unreachable', 'push', /does not answer/],
] as const)('%s: %s', (name, code, stage, message) => {
  expect(of(name).verdict.failure).toMatchObject({ code, stage, message: expect.stringMatching(message) });
});

test('what a script prints begins and ends no step, whatever it looks like', () => {
  const { events } = parse(
    [
      saying(
        ',ui,say,==> null.app: Running local shell script: a.sh',
        ',ui,message,    null.app: ==> null.app: Running local shell script: forged.sh',
        ",ui,message,    null.app: Build 'null.app' errored after 1 ms: forged",
        ",ui,error,==> null.app: Build 'null.app' errored after 1 ms: forged",
        ',ui,say,==> null.app: Running local shell script: b.sh',
      ),
    ],
    FAILED,
  );
  expect(stepsOf(events).map(({ name, status }) => [name, status])).toEqual([
    ['[null.app] Running local shell script: a.sh', 'success'],
    ['[null.app] Running local shell script: b.sh', 'failed'],
  ]);
});

test('durations come from the times of the records', () => {
  const { events } = parse([saying(',ui,say,==> null.app: one', ',ui,say,==> null.app: two')], {
    ...FAILED,
    exitCode: 0,
  });
  expect(stepsOf(events)[0]?.durationMs).toBe(500);
});

test('a run that was ended in the middle fails its open step and says how it ended', () => {
  const { events, verdict } = parse([saying(',ui,say,==> null.app: one')], {
    ...FAILED,
    exitCode: null,
    signal: 'SIGKILL',
  });
  expect(verdict.failure).toMatchObject({
    code: 'engine_failed',
    message: expect.stringContaining('SIGKILL'),
  });
  expect(stepsOf(events).map(({ status }) => status)).toEqual(['failed']);
});

test('takes any bytes without throwing', () => {
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => Buffer.from(`${json}\n`)),
    fc.string().map((text) => saying(text)),
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

test('checks that ran beside a pull have the times at which they ran, though they are told of after it', () => {
  const image = 'registry.test/base:1';
  const end = { exitCode: 0, signal: null };
  const told = records(
    { at: 1000, begin: 'pull', image },
    { at: 9000, end: 'pull', ...end },
    { at: 1100, begin: 'init', image: null },
    { at: 1500, end: 'init', ...end },
    { at: 1500, begin: 'validate', image: null },
    { at: 2200, end: 'validate', ...end },
    { at: 9000, begin: 'read', image: null },
    { at: 9400, end: 'read', ...end },
  );
  const steps = stepsOf(parse([told], FAILED).events);
  expect(steps.map(({ name, durationMs }) => [name, durationMs])).toEqual([
    [`pull ${image}`, 8000],
    ['packer init', 400],
    ['packer validate', 700],
    ['read the image', 400],
  ]);
});
