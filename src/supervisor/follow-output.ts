import { setTimeout as sleep } from 'node:timers/promises';
import { KilnError } from '../domain/errors.js';
import type { OutputStream, RunEnd, RunParser, RunVerdict } from '../ports/engine.js';
import { Doorbell } from './doorbell.js';
import { OutputFiles } from './output-files.js';
import type { RunLog } from './run-log.js';

/** Chatty programs ring with each line; one look takes all of them. */
const LOOK_EVERY_MS = 25;
const STREAMS: readonly OutputStream[] = ['stdout', 'stderr'];

export interface Following {
  readonly folder: string;
  readonly parser: RunParser;
  readonly log: RunLog;
  /** The end of the process; null when it is gone without a record. */
  readonly wait: (signal: AbortSignal) => Promise<RunEnd | null>;
  /** Ends the reading in between; the signal's reason is thrown. */
  readonly signal: AbortSignal;
  /** Called when what was recorded before a restart has been read again. */
  readonly onCaughtUp: () => void;
}

/**
 * Reads a run's output to its end: first as the tape says (after a restart), then as it grows. Null when the process
 * is gone without an exit record.
 */
export async function followOutput(following: Following): Promise<RunVerdict | null> {
  const files = new OutputFiles(following.folder);
  const bell = new Doorbell();
  const giveUp = new AbortController();
  try {
    const replayed = await playBack(files, following);
    following.onCaughtUp();
    if (replayed !== null) return replayed;
    const state: { end?: RunEnd | null; failure?: unknown } = {};
    const waiting = following
      .wait(giveUp.signal)
      .then((end) => (state.end = end))
      .catch((failure: unknown) => (state.failure = failure))
      .finally(() => bell.ring());
    const unwatch = files.onChange(() => bell.ring());
    const { signal } = following;
    const leave = (): void => bell.ring();
    signal.addEventListener('abort', leave);
    try {
      while (state.end === undefined && state.failure === undefined) {
        signal.throwIfAborted();
        await readAll(files, following);
        await bell.wait(giveUp.signal);
        await Promise.race([sleep(LOOK_EVERY_MS), waiting]);
      }
    } finally {
      unwatch();
      signal.removeEventListener('abort', leave);
    }
    if (state.failure !== undefined) throw state.failure;
    await readAll(files, following);
    return state.end ? await following.log.end(following.parser, state.end) : null;
  } finally {
    giveUp.abort();
    await files.close();
  }
}

async function readAll(files: OutputFiles, { parser, log }: Following): Promise<void> {
  for (let found = true; found;) {
    found = false;
    for (const stream of STREAMS) {
      const bytes = await files.read(stream);
      if (bytes.length === 0) continue;
      found = true;
      await log.output(parser, bytes, stream);
    }
  }
}

/** The verdict when the tape reaches the end of the run. */
async function playBack(files: OutputFiles, following: Following): Promise<RunVerdict | null> {
  const { parser, log } = following;
  let verdict: RunVerdict | null = null;
  for (const entry of log.takeRecorded()) {
    if (entry.kind === 'line') log.playLine(entry.text, entry.level);
    if (entry.kind === 'output') await playPortion(files, entry, following);
    if (entry.kind === 'end') {
      const end = await following.wait(AbortSignal.timeout(10_000));
      if (end === null) throw new KilnError('run_lost', { detail: 'the exit record is gone' });
      verdict = await log.playEnd(parser, end);
    }
  }
  return verdict;
}

async function playPortion(
  files: OutputFiles,
  portion: { stream: OutputStream; bytes: number },
  { parser, log }: Following,
): Promise<void> {
  for (let left = portion.bytes; left > 0;) {
    const bytes = await files.read(portion.stream, left);
    if (bytes.length === 0) throw new KilnError('run_lost', { detail: 'the output is shorter than it was' });
    await log.playOutput(parser, bytes, portion.stream);
    left -= bytes.length;
  }
}
