import type { OutputStream, RunEvent } from '../../ports/engine.js';
import { LineCutter } from './line-cutter.js';

/** The lines of both streams of a process, each cut by itself. What is read from a line are events. */
export class StreamLines {
  private cutters = { stdout: new LineCutter(), stderr: new LineCutter() };

  constructor(private readonly read: (line: Buffer, stream: OutputStream, isWhole: boolean) => RunEvent[]) {}

  feed(bytes: Uint8Array, stream: OutputStream): RunEvent[] {
    return this.cutters[stream].feed(bytes).flatMap((line) => this.read(line, stream, true));
  }

  /** The lines that nothing ended; what is fed after that begins anew. */
  finish(): RunEvent[] {
    const unfinished = this.cutters;
    this.cutters = { stdout: new LineCutter(), stderr: new LineCutter() };
    return (['stdout', 'stderr'] as const).flatMap((stream) => {
      const line = unfinished[stream].finish();
      return line === null ? [] : this.read(line, stream, false);
    });
  }
}
