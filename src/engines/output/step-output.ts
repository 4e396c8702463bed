import type { OutputStream } from '../../ports/engine.js';
import { LineCutter } from './line-cutter.js';
import { OutputTail } from './output-tail.js';

const NEWLINE = Buffer.from('\n');

/**
 * What a step printed: the end of each stream, and the end of both as lines in the order in which the log has them. A line of
 * one stream is not torn by what the other prints in its middle.
 */
export class StepOutput {
  readonly stdout = new OutputTail();
  readonly stderr = new OutputTail();
  private readonly both = new OutputTail();
  private readonly cutters = new Map<OutputStream, LineCutter>();

  append(bytes: Uint8Array, stream: OutputStream): void {
    this[stream].append(bytes);
    const cutter = this.cutters.get(stream) ?? new LineCutter();
    this.cutters.set(stream, cutter);
    this.addLines(cutter.feed(bytes));
  }

  /** The last `count` lines of both streams; for the end of the run, since it also takes the lines that nothing ended. */
  lastLines(count: number): string[] {
    for (const cutter of this.cutters.values()) {
      const rest = cutter.finish();
      if (rest !== null) this.addLines([rest]);
    }
    return this.both.lines(count);
  }

  private addLines(lines: readonly Buffer[]): void {
    if (lines.length > 0) this.both.append(Buffer.concat(lines.flatMap((line) => [line, NEWLINE])));
  }
}
