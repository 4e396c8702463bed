import fc from 'fast-check';
import type { RunEvent } from '../../../src/ports/engine.js';
import { endOf, parse, recording, recordings } from './recordings.js';

/** Log events of the same step and stream that follow each other count as one: only their bytes matter. */
function plain(events: readonly RunEvent[]): string {
  return JSON.stringify(
    events.map((event) =>
      event.kind === 'step' ? event : { ...event, bytes: Buffer.from(event.bytes).toString('base64') },
    ),
  );
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index] ?? 0, end));
}

describe('the parser and the way its input is split', () => {
  const names = recordings().filter((name) => name !== 'many-lines');

  test('gives the same events for any split of a recording', () => {
    const whole = new Map(names.map((name) => [name, parse([recording(name)], endOf(name))]));
    const property = fc.property(
      fc.constantFrom(...names),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
      (name, places) => {
        const bytes = recording(name);
        const pieces = split(
          bytes,
          places.map((place) => Math.floor(place * bytes.length)),
        );
        const parsed = parse(pieces, endOf(name));
        const expected = whole.get(name);
        return (
          plain(parsed.events) === plain(expected?.events ?? []) &&
          JSON.stringify(parsed.verdict) === JSON.stringify(expected?.verdict)
        );
      },
    );
    fc.assert(property, { numRuns: 150 });
  });

  test('gives the same events byte by byte', () => {
    const bytes = recording('failing-run');
    const pieces = [...bytes].map((byte) => Buffer.from([byte]));
    expect(plain(parse(pieces, endOf('failing-run')).events)).toBe(
      plain(parse([bytes], endOf('failing-run')).events),
    );
  });

  test('takes any bytes without throwing and keeps all that is not progress as log', () => {
    const junk = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((json) => Buffer.from(`${json}\n`)),
        fc.record({ vertexes: fc.anything(), logs: fc.anything(), statuses: fc.anything() }).map(asLine),
      ),
    );
    fc.assert(
      fc.property(junk, (pieces) => {
        const parsed = parse(pieces, endOf('failing-run'));
        return parsed.verdict.failure !== null;
      }),
      { numRuns: 300 },
    );
  });

  test('cuts a line without an end every 4 MiB, wherever the pieces end', () => {
    const bytes = Buffer.alloc(9 * 1024 * 1024, 'x');
    const sizes = (pieces: Buffer[]) =>
      parse(pieces, endOf('failing-run')).events.flatMap((event) =>
        event.kind === 'log' ? [event.bytes.length] : [],
      );
    expect(sizes(split(bytes, [1, 3_000_000, 5_000_000]))).toEqual(sizes([bytes]));
    expect(sizes([bytes]).length).toBe(3);
  });
});

function asLine(record: unknown): Buffer {
  try {
    return Buffer.from(`${JSON.stringify(record)}\n`);
  } catch {
    return Buffer.from('{}\n');
  }
}
