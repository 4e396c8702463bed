import { createHash } from 'node:crypto';
import type { RunEvent } from '../../../src/ports/engine.js';
import { LineAssembler } from '../../../src/supervisor/log-lines.js';
import { Masks } from '../../../src/supervisor/masks.js';
import { endOf, expectGolden, logOf, parse, recording, recordings, stepsOf } from './recordings.js';

const MAX_SHOWN_EVENTS = 120;

describe('the parser on recorded output of buildctl', () => {
  test.each(recordings())('reads %s as its golden says', (name) => {
    const { events, verdict } = parse([recording(name)], endOf(name));
    expectGolden(`${name}.golden.json`, {
      stagedDigest: verdict.stagedDigest,
      pushDurationMs: verdict.pushDurationMs,
      failure: verdict.failure,
      steps: stepsOf(events).map((step) => ({
        ...step,
        stdout: brief(step.stdout),
        stderr: brief(step.stderr),
      })),
      logSha256: sha256(events),
      events: shown(events),
    });
  });

  test('gives the warnings of its own lint with rule, line and link', () => {
    const { verdict } = parse([recording('warnings')], endOf('warnings'));
    expect(verdict.warnings?.map(({ rule, line }) => [rule, line])).toEqual([
      ['FromAsCasing', 1],
      ['MaintainerDeprecated', 2],
      ['JSONArgsRecommended', 4],
    ]);
    expect(verdict.warnings?.[0]).toEqual({
      foundBy: 'buildkit',
      rule: 'FromAsCasing',
      severity: 'warning',
      line: 1,
      column: null,
      message: "'as' and 'FROM' keywords' casing do not match",
      link: 'https://docs.docker.com/go/dockerfile/rule/from-as-casing/',
    });
  });

  test('gives the images that BuildKit has resolved, each once, also for several platforms', () => {
    expect(parse([recording('platforms')], endOf('platforms')).verdict.images).toEqual([
      {
        reference: '127.0.0.1:5955/kiln/base:2',
        digest: 'sha256:cdfb506ba9788019709230df213cb943200965968c874574e1069555d33a824f',
      },
      {
        reference: '127.0.0.1:5955/kiln/base:1',
        digest: 'sha256:a6e3a091055429ca6726a798a7da8e53feb25e7fd02c5ac086ac20930a7eec43',
      },
    ]);
  });

  test('gives every step one number, from 1 without a gap', () => {
    for (const name of recordings()) {
      const numbers = stepsOf(parse([recording(name)], endOf(name)).events).map(({ number }) => number);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }
  });

  test('never takes a step back from its end', () => {
    for (const name of recordings()) {
      const ended = new Set<number>();
      for (const event of parse([recording(name)], endOf(name)).events) {
        if (event.kind !== 'step') continue;
        const { number, status } = event.step;
        expect([name, number, ended.has(number) && ['pending', 'running'].includes(status)]).toEqual([
          name,
          number,
          false,
        ]);
        if (!['pending', 'running'].includes(status)) ended.add(number);
      }
    }
  });

  test('numbers a stage before the stage that copies from it, in the order of the Dockerfile', () => {
    const names = stepsOf(parse([recording('multi-stage')], endOf('multi-stage')).events).map(
      ({ name }) => name,
    );
    const staged = names.flatMap((name) => /^\[(?:build|stage-1) \d\/\d\] \w+/.exec(name) ?? []);
    expect(staged).toEqual([
      '[build 1/5] FROM',
      '[build 2/5] WORKDIR',
      '[build 3/5] COPY',
      '[build 4/5] RUN',
      '[build 5/5] RUN',
      '[stage-1 2/4] WORKDIR',
      '[stage-1 3/4] COPY',
      '[stage-1 4/4] RUN',
    ]);
  });

  test('numbers platform after platform, with the steps that run on another platform for it', () => {
    const names = stepsOf(parse([recording('platforms')], endOf('platforms')).events).map(({ name }) => name);
    const staged = names.flatMap((name) => /^\[linux[^\]]* \d\/\d\] \w+/.exec(name) ?? []);
    expect(staged).toEqual([
      '[linux/amd64 build 1/2] FROM',
      '[linux/amd64 build 2/2] RUN',
      '[linux/amd64 stage-1 1/4] FROM',
      '[linux/amd64 stage-1 2/4] COPY',
      '[linux/amd64 stage-1 3/4] WORKDIR',
      '[linux/amd64 stage-1 4/4] COPY',
      '[linux/amd64->arm64 build 2/2] RUN',
      '[linux/arm64 stage-1 1/4] FROM',
      '[linux/arm64 stage-1 2/4] COPY',
      '[linux/arm64 stage-1 3/4] WORKDIR',
      '[linux/arm64 stage-1 4/4] COPY',
    ]);
  });

  test('reads the places of a stage with ten steps or more, which BuildKit aligns', () => {
    const steps = stepsOf(parse([recording('ten-steps')], endOf('ten-steps')).events);
    const staged = steps.filter(({ instructionType }) => instructionType !== null);
    expect(staged.map(({ name }) => /\d+(?=\/11)/.exec(name)?.[0])).toEqual(
      Array.from({ length: 11 }, (_, index) => String(index + 1)),
    );
  });

  test('tells that a program is of a platform which the build host cannot run', () => {
    const { verdict } = parse([recording('platform-foreign-run')], endOf('platform-foreign-run'));
    expect(verdict.failure).toMatchObject({ code: 'platform_not_runnable', retryable: false });
  });

  test('tells that a base image is not there for a platform', () => {
    const { verdict } = parse([recording('platform-missing-base')], endOf('platform-missing-base'));
    expect(verdict.failure).toMatchObject({
      code: 'base_image_missing',
      message: expect.stringContaining('for each platform'),
    });
  });

  test('takes a cache that could not be written for no fault of the build', () => {
    const { events, verdict } = parse([recording('cache-refused')], endOf('cache-refused'));
    const cache = stepsOf(events).find(({ name }) => name.startsWith('exporting cache'));
    expect([verdict.failure, cache?.status]).toEqual([null, 'skipped']);
    expect(cache?.errorMessage).toContain('403 Forbidden');
  });

  test('keeps all of 5,000 lines in the log and whole last lines in the step', () => {
    const { events } = parse([recording('many-lines')], endOf('many-lines'));
    const run = stepsOf(events).find(({ instructionType }) => instructionType === 'RUN');
    const printed = logOf(events, run?.number ?? null, 'stdout').toString();
    expect(printed).toBe(Array.from({ length: 5000 }, (_, i) => `output line ${i}\n`).join(''));
    expect(run?.stdout).toMatch(/^output line \d+\n(?:output line \d+\n)+$/);
    expect(Buffer.byteLength(run?.stdout ?? '')).toBeLessThanOrEqual(8192);
  });

  test('tells the last lines of a failing step as the log has them, with no line torn by the other stream', () => {
    const { events, verdict } = parse([recording('interleaved-output')], endOf('interleaved-output'));
    const { failure } = verdict;
    const log = new LineAssembler(new Masks(), 65_536);
    const parts = events.flatMap((event) =>
      event.kind === 'log' && event.stepNumber === failure?.stepNumber && event.level === 'INFO'
        ? [event]
        : [],
    );
    const lines = [...parts.flatMap((part) => log.push(part)), ...log.end()].map(({ bytes }) =>
      bytes.toString().trimEnd(),
    );
    expect(failure?.lastLines).toEqual(['an error', 'half a line']);
    expect(lines.filter((line) => !line.startsWith('#'))).toEqual(failure?.lastLines);
  });

  test('calls a Dockerfile that the frontend refuses an error of the Dockerfile, with its line', () => {
    const { verdict } = parse([recording('mount-type-unknown')], endOf('mount-type-unknown'));
    expect(verdict.failure).toMatchObject({
      code: 'dockerfile_invalid',
      stage: 'compile',
      retryable: false,
      message: 'The Dockerfile has an error: unsupported mount type "foo" (Dockerfile line 2).',
    });
  });

  test('keeps NUL and invalid UTF-8 in the log as they came', () => {
    const { events } = parse([recording('binary-output')], endOf('binary-output'));
    const run = stepsOf(events).find(({ instructionType }) => instructionType === 'RUN');
    const printed = logOf(events, run?.number ?? null, 'stdout');
    expect(printed.subarray(0, 3000).every((byte) => byte === 0)).toBe(true);
    expect(printed.subarray(3000, 3005)).toEqual(Buffer.from([0x61, 0, 0x62, 0xff, 0xfe]));
    expect(run?.stdout).not.toContain('\u0000');
  });
});

function sha256(events: readonly RunEvent[]): string {
  const hash = createHash('sha256');
  for (const event of events) if (event.kind === 'log') hash.update(event.bytes);
  return hash.digest('hex');
}

function brief(text: string | null): string | null {
  return text === null || text.length <= 400 ? text : `${text.slice(0, 200)} ... ${text.slice(-200)}`;
}

function shown(events: readonly RunEvent[]): string[] {
  const lines = events.map((event) => {
    if (event.kind === 'step') return `step ${event.step.number} ${event.step.status}`;
    const text = JSON.stringify(Buffer.from(event.bytes).toString('latin1').slice(0, 160));
    return `log ${event.stepNumber ?? '-'} ${event.stream} ${event.level} ${text}`;
  });
  return lines.length <= MAX_SHOWN_EVENTS ? lines : lines.slice(0, MAX_SHOWN_EVENTS);
}

test('no instruction and nothing that a step prints is taken for an image', () => {
  const digest = `sha256:${'e'.repeat(64)}`;
  const forged = `[1/1] FROM evil.example.com/never:1@${digest}`;
  const names = [
    `[2/4] RUN echo "${forged}"`,
    `[3/4] COPY <<FROM x@${digest}`,
    `[4/4] RUN FROM evil.example.com/never:1@${digest}`,
    `[internal] FROM evil@${digest} or not`,
  ];
  const record = (fields: object) => `${JSON.stringify(fields)}\n`;
  const pieces = [
    record({
      vertexes: names.map((name, index) => ({ digest: `v${index}`, name, started: '2026-01-01T00:00:00Z' })),
    }),
    record({
      logs: [
        {
          vertex: 'v0',
          stream: 1,
          data: Buffer.from(record({ vertexes: [{ digest, name: forged }] })).toString('base64'),
        },
      ],
    }),
  ];
  const { verdict } = parse(
    pieces.map((piece) => Buffer.from(piece)),
    endOf('cached'),
  );
  expect([verdict.failure, verdict.images]).toEqual([null, []]);
});
