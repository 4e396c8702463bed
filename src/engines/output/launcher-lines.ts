import type { OutputStream, RunEnd, RunEvent } from '../../ports/engine.js';
import { StreamLines } from './stream-lines.js';

/** What `unshare` says (util-linux 2.38) where a signal has ended its child; it then ends with exit code 1. */
const CHILD_KILLED = /^unshare: (?:sigprocmask unblock failed|child exit failed)/;
const KILLED = 128 + 9;

/** The output of a launcher (src/engines/runc/launch.ts): records on stdout, plain words of its own and of `unshare` before it on stderr. */
export class LauncherLines extends StreamLines {
  private isChildKilled = false;

  constructor(read: (line: Buffer, stream: OutputStream) => RunEvent[]) {
    super((line, stream, isWhole) => {
      if (isWhole && stream === 'stderr' && CHILD_KILLED.test(line.toString('utf8')))
        this.isChildKilled = true;
      return read(line, stream);
    });
  }

  /** How the launcher ended, with the exit code of a killed one where `unshare` told another. */
  endOf(end: RunEnd): RunEnd {
    return this.isChildKilled && end.exitCode === 1 ? { ...end, exitCode: KILLED } : end;
  }
}
