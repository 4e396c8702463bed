import type { OutputStream, RunEnd, RunEvent } from '../../ports/engine.js';
import { LineCutter } from './line-cutter.js';

/** What `unshare` says (util-linux 2.38) where a signal has ended its child; it then ends with exit code 1. */
const CHILD_KILLED = /^unshare: (?:sigprocmask unblock failed|child exit failed)/;
const KILLED = 128 + 9;

/** The lines of both streams of a process, each cut by itself. What is read from a line are events. */
export class StreamLines {
  private cutters = { stdout: new LineCutter(), stderr: new LineCutter() };

  private isChildKilled = false;

  constructor(private readonly read: (line: Buffer, stream: OutputStream, isWhole: boolean) => RunEvent[]) {}

  feed(bytes: Uint8Array, stream: OutputStream): RunEvent[] {
    return this.cutters[stream].feed(bytes).flatMap((line) => {
      if (stream === 'stderr' && CHILD_KILLED.test(line.toString('utf8'))) this.isChildKilled = true;
      return this.read(line, stream, true);
    });
  }

  /** How the process ended, with the exit code of a killed one where `unshare` stood before it and told another. */
  endOf(end: RunEnd): RunEnd {
    return this.isChildKilled && end.exitCode === 1 ? { ...end, exitCode: KILLED } : end;
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
