import type { RunFailure } from '../../domain/builds/outcome.js';
import type { Step, StepStatus } from '../../domain/builds/step-status.js';
import type { OutputStream, RunEnd, RunEvent, RunParser, RunVerdict } from '../../ports/engine.js';

const MARK = '@kiln-stub ';
const LAST_LINES = 20;

interface Fact {
  readonly at: string;
  readonly step?: number;
  readonly status?: StepStatus;
  readonly digest?: string;
}

/** Reads what the stub's script prints. */
export function createStubParser(): RunParser {
  const rests: Record<OutputStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const steps = new Map<number, Step>();
  const lastLines: string[] = [];
  let current: number | null = null;
  let digest: string | null = null;

  function takeLine(line: Buffer, stream: OutputStream): RunEvent {
    const text = line.toString('utf8').trimEnd();
    const fact = stream === 'stdout' && text.startsWith(MARK) ? parseFact(text.slice(MARK.length)) : null;
    if (fact === null) {
      lastLines.push(text);
      if (lastLines.length > LAST_LINES) lastLines.shift();
    } else {
      digest = fact.digest ?? digest;
      if (fact.step !== undefined) {
        const step = stepOf(fact, steps.get(fact.step));
        steps.set(step.number, step);
        current = step.status === 'running' ? step.number : null;
        return { kind: 'step', step };
      }
    }
    return {
      kind: 'log',
      stepNumber: current,
      stream,
      level: stream === 'stderr' ? 'WARN' : 'INFO',
      bytes: line,
    };
  }

  function cut(stream: OutputStream): RunEvent[] {
    const events: RunEvent[] = [];
    let rest = rests[stream];
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      events.push(takeLine(rest.subarray(0, end + 1), stream));
      rest = rest.subarray(end + 1);
    }
    rests[stream] = rest;
    return events;
  }

  return {
    feed(bytes, stream) {
      rests[stream] = Buffer.concat([rests[stream], bytes]);
      return cut(stream);
    },
    finish(end): RunVerdict {
      const events = (['stdout', 'stderr'] as const)
        .filter((stream) => rests[stream].length > 0)
        .map((stream) => takeLine(rests[stream], stream));
      const failure = end.exitCode === 0 ? null : failureOf(end, [...steps.values()].at(-1), lastLines);
      return { events, stagedDigest: failure === null ? digest : null, failure, pushDurationMs: null };
    },
  };
}

function stepOf(fact: Fact, before: Step | undefined): Step {
  const ended = fact.status !== 'running';
  const startedAt = before?.startedAt ?? fact.at;
  return {
    number: fact.step ?? 0,
    name: `RUN stub ${fact.step}`,
    instructionType: 'RUN',
    status: fact.status ?? 'running',
    cached: false,
    startedAt,
    completedAt: ended ? fact.at : null,
    durationMs: ended ? Date.parse(fact.at) - Date.parse(startedAt) : null,
    stdout: null,
    stderr: null,
    errorMessage: fact.status === 'failed' ? 'the stub was told to fail' : null,
    errorCode: null,
    layerDigest: null,
    layerSizeBytes: null,
  };
}

function failureOf(end: RunEnd, step: Step | undefined, lastLines: readonly string[]): RunFailure {
  const inStep = step?.status === 'failed' ? step : undefined;
  return {
    code: inStep === undefined ? 'engine_failed' : 'build_step_failed',
    stage: 'build',
    message: inStep ? `${inStep.name} ended with exit code ${end.exitCode}.` : 'The stub ended in between.',
    retryable: inStep === undefined,
    stepNumber: inStep?.number ?? null,
    instruction: inStep?.name ?? null,
    exitCode: end.exitCode,
    lastLines,
  };
}

function parseFact(text: string): Fact | null {
  try {
    return JSON.parse(text) as Fact;
  } catch {
    return null;
  }
}
