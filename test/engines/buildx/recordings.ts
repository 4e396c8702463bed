import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { OutputStream, RunEnd, RunEvent, RunVerdict } from '../../../src/ports/engine.js';
import { buildxEngine } from '../../../src/engines/buildx/engine.js';

const FOLDER = new URL('./fixtures/', import.meta.url);
const METADATA_PATH = '/runs/b1/metadata.json';
const PLAN = { argv: ['buildctl'], env: {}, cwd: '/runs/b1', files: {}, outputs: [METADATA_PATH] } as const;

/** Output of real buildctl v0.29.0 runs: `<name>.rawjson` is stderr, `<name>.metadata.json` what a good run left. */
export function recordings(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.rawjson'))
    .map((file) => file.replace('.rawjson', ''));
}

export function recording(name: string): Buffer {
  return readFileSync(new URL(`${name}.rawjson`, FOLDER));
}

/** buildctl exits with 0 where it left metadata and with 1 where it did not. */
export function endOf(name: string): RunEnd {
  const metadata = new URL(`${name}.metadata.json`, FOLDER);
  const content = existsSync(metadata) ? readFileSync(metadata, 'utf8') : null;
  return { exitCode: content === null ? 1 : 0, signal: null, outputs: { [METADATA_PATH]: content } };
}

export interface Parsed {
  readonly events: readonly RunEvent[];
  readonly verdict: RunVerdict;
}

/** Feeds the pieces one after the other, on stderr as buildctl does. */
export function parse(pieces: readonly Uint8Array[], end: RunEnd, stream: OutputStream = 'stderr'): Parsed {
  const parser = buildxEngine.createParser(PLAN);
  const events = pieces.flatMap((piece) => parser.feed(piece, stream));
  const verdict = parser.finish(end, (text) => text);
  return { events: [...events, ...verdict.events], verdict };
}

/** The last state of every step, by number. */
export function stepsOf(events: readonly RunEvent[]) {
  const steps = new Map(
    events.flatMap((event) => (event.kind === 'step' ? [[event.step.number, event.step]] : [])),
  );
  return [...steps.values()].sort((a, b) => a.number - b.number);
}

/** All log bytes of a step and stream. */
export function logOf(events: readonly RunEvent[], stepNumber: number | null, stream: OutputStream): Buffer {
  const chunks = events.flatMap((event) =>
    event.kind === 'log' && event.stepNumber === stepNumber && event.stream === stream ? [event.bytes] : [],
  );
  return Buffer.concat(chunks);
}

/** Compares with `<file>` beside the recordings; UPDATE_GOLDENS=1 writes it anew. */
export function expectGolden(file: string, value: unknown): void {
  const url = new URL(file, FOLDER);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (process.env.UPDATE_GOLDENS === '1') writeFileSync(url, text);
  expect(text).toBe(readFileSync(url, 'utf8'));
}
