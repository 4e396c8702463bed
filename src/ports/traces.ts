import type { Span } from '../domain/traces/span.js';
import type { TracedBuild } from '../domain/traces/traced-build.js';

/** The trace of a build that has ended, in the hands of who has taken it. */
export interface OwedTrace {
  readonly buildId: string;
  /** With the one that it was taken for. */
  readonly tries: number;
  /** Since its build ended. */
  readonly ageMs: number;
}

/** Traces that were not sent yet. Written with the end of a build, as long as they are wanted. */
export interface OwedTraces {
  /** Says whether the traces of builds that end from now on are owed. Gives how many were owed and are not any more. */
  want(wanted: boolean): Promise<number>;
  /** Takes what is due, at most so many; what a killed controller had taken is due again when its claim is over. */
  take(limit: number): Promise<OwedTrace[]>;
  recordOf(buildId: string): Promise<TracedBuild>;
  /** It has arrived, or was given up: it is not owed any more. Only who has taken it last may say so. */
  settle(trace: OwedTrace): Promise<void>;
  /** It is due again after a pause. Only who has taken it last may say so. */
  postpone(trace: OwedTrace, pauseMs: number): Promise<void>;
  /** Milliseconds until something is due. */
  nextLookMs(): Promise<number>;
}

/** Who receives traces. */
export interface TraceReceiver {
  /** Resolves when it has said that it has them; raises what it said else. */
  send(spans: readonly Span[]): Promise<void>;
}
