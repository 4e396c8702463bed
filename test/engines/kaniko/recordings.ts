import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { kanikoEngine } from '../../../src/engines/kaniko/engine.js';
import type { RunEnd, RunEvent, RunVerdict } from '../../../src/ports/engine.js';

const FOLDER = new URL('./fixtures/', import.meta.url);
const DIGEST_PATH = '/runs/b1/work/out/digest';
const PLAN = { argv: ['unshare'], env: {}, cwd: '/runs/b1', files: {}, outputs: [DIGEST_PATH] } as const;

/** What the launcher printed in real runs of the executor v1.25.0: `<name>.jsonl` is stdout, `<name>.end.json` how it ended and the digest it left. */
export function recordings(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => file.replace('.jsonl', ''));
}

export function recording(name: string): Buffer {
  return readFileSync(new URL(`${name}.jsonl`, FOLDER));
}

export function endOf(name: string): RunEnd {
  const { digest, ...end } = JSON.parse(readFileSync(new URL(`${name}.end.json`, FOLDER), 'utf8')) as {
    exitCode: number | null;
    signal: string | null;
    digest: string | null;
  };
  return { ...end, outputs: { [DIGEST_PATH]: digest } };
}

export interface Parsed {
  readonly events: readonly RunEvent[];
  readonly verdict: RunVerdict;
}

/** Feeds the pieces one after the other. */
export function parse(pieces: readonly Uint8Array[], end: RunEnd): Parsed {
  const parser = kanikoEngine.createParser(PLAN);
  const events = pieces.flatMap((piece) => parser.feed(piece, 'stdout'));
  const verdict = parser.finish(end);
  return { events: [...events, ...verdict.events], verdict };
}

/** The last state of every step, by number. */
export function stepsOf(events: readonly RunEvent[]) {
  const steps = new Map(
    events.flatMap((event) => (event.kind === 'step' ? [[event.step.number, event.step]] : [])),
  );
  return [...steps.values()].sort((a, b) => a.number - b.number);
}

/** Events as text that can be compared. */
export function shown(events: readonly RunEvent[]): unknown[] {
  return events.map((event) =>
    event.kind === 'step'
      ? `step ${event.step.number} ${event.step.status}`
      : [event.stepNumber, event.stream, event.level, Buffer.from(event.bytes).toString('utf8')],
  );
}

/** Compares with `<file>` beside the recordings; UPDATE_GOLDENS=1 writes it anew. */
export function expectGolden(file: string, value: unknown): void {
  const url = new URL(file, FOLDER);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (process.env.UPDATE_GOLDENS === '1') writeFileSync(url, text);
  expect(text).toBe(readFileSync(url, 'utf8'));
}
