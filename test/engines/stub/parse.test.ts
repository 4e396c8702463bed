import fc from 'fast-check';
import { createStubParser } from '../../../src/engines/stub/parse.js';
import { parseStubOptions } from '../../../src/engines/stub/schema.js';
import type { RunEvent } from '../../../src/ports/engine.js';

const OUTPUT = [
  '@kiln-stub {"step":1,"status":"running","at":"2026-01-01T00:00:00.000Z"}',
  'line 1',
  '@kiln-stub {"step":1,"status":"failed","at":"2026-01-01T00:00:01.500Z"}',
  'no newline at the end',
].join('\n');

function parse(sizes: readonly number[]) {
  const parser = createStubParser();
  const bytes = Buffer.from(OUTPUT);
  const events: RunEvent[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    events.push(...parser.feed(bytes.subarray(at, at + size), 'stdout'));
    at += size;
  }
  const { events: last, ...verdict } = parser.finish(
    { exitCode: 4, signal: null, outputs: {} },
    (text) => text,
  );
  const texts = [...events, ...last].map((event) =>
    event.kind === 'log' ? [event.stepNumber, Buffer.from(event.bytes).toString()] : event.step,
  );
  return { texts, verdict };
}

describe('the parser of the stub engine', () => {
  it('makes steps, lines of steps and a failure', () => {
    const { texts, verdict } = parse([]);
    expect(texts).toMatchObject([
      { number: 1, status: 'running' },
      [1, 'line 1\n'],
      { number: 1, status: 'failed', durationMs: 1500 },
      [null, 'no newline at the end'],
    ]);
    expect(verdict).toMatchObject({
      stagedDigest: null,
      failure: { code: 'build_step_failed', stepNumber: 1, exitCode: 4 },
    });
  });

  it('gives the same however the output is split', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 12 }), (sizes) => {
        expect(parse(sizes)).toEqual(parse([]));
      }),
    );
  });

  it('takes its orders from the options or from build arguments', () => {
    expect(
      parseStubOptions({ build_args: { seconds: '2.5', image: 'false' }, dockerfile: 'Dockerfile' }),
    ).toMatchObject({
      seconds: 2.5,
      image: false,
    });
  });

  it('names the order that it does not understand', () => {
    expect(() => parseStubOptions({ build_args: { seconds: 'soon' } })).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        fields: [expect.objectContaining({ field: 'options.seconds' })],
      }) as Error,
    );
  });
});
