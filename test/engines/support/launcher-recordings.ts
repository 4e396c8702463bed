import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Engine, RunEnd, RunEvent, RunVerdict } from '../../../src/ports/engine.js';

interface Parsed {
  readonly events: readonly RunEvent[];
  readonly verdict: RunVerdict;
}

/**
 * What the launcher of a method printed in real runs, in a folder: `<name>.jsonl` is stdout, `<name>.end.json` how it ended and the
 * digest it left at `digestPath`.
 */
export function launcherRecordings(engine: Pick<Engine, 'createParser'>, folder: URL, digestPath: string) {
  const plan = { argv: ['unshare'], env: {}, cwd: '/runs/b1', files: {}, outputs: [digestPath] } as const;
  return {
    recordings: (): string[] =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.jsonl'))
        .map((file) => file.replace('.jsonl', '')),

    recording: (name: string): Buffer => readFileSync(new URL(`${name}.jsonl`, folder)),

    endOf(name: string): RunEnd {
      const { digest, ...end } = JSON.parse(readFileSync(new URL(`${name}.end.json`, folder), 'utf8')) as {
        exitCode: number | null;
        signal: string | null;
        digest: string | null;
      };
      return { ...end, outputs: { [digestPath]: digest } };
    },

    /** Feeds the pieces one after the other. */
    parse(pieces: readonly Uint8Array[], end: RunEnd): Parsed {
      const parser = engine.createParser(plan);
      const events = pieces.flatMap((piece) => parser.feed(piece, 'stdout'));
      const verdict = parser.finish(end, (text) => text);
      return { events: [...events, ...verdict.events], verdict };
    },

    /** Compares with `<file>` beside the recordings; UPDATE_GOLDENS=1 writes it anew. */
    expectGolden(file: string, value: unknown): void {
      const url = new URL(file, folder);
      const text = `${JSON.stringify(value, null, 2)}\n`;
      if (process.env.UPDATE_GOLDENS === '1') writeFileSync(url, text);
      expect(text).toBe(readFileSync(url, 'utf8'));
    },
  };
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
