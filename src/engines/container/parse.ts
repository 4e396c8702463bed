import type {
  LogLevel,
  OutputStream,
  RunEnd,
  RunEvent,
  RunParser,
  RunPlan,
  RunVerdict,
} from '../../ports/engine.js';
import { LineCutter } from '../output/line-cutter.js';
import { explainFailure, exitCodeIn } from './failure.js';
import type { LaunchRecord, PhaseName } from './order.js';
import { isCachedLine, readRecord, readStepLines, type StepLine } from './records.js';
import { StepList, toStep, type OpenStep } from './step-list.js';

/** Reads the records of the launcher, and buildah's output in them. */
export function createContainerParser(plan: RunPlan): RunParser {
  return new ContainerParser(plan);
}

class ContainerParser implements RunParser {
  private readonly cutters = { stdout: new LineCutter(), stderr: new LineCutter() };
  /** Of what the phase prints, inside the records. */
  private inner = { stdout: new LineCutter(), stderr: new LineCutter() };
  private readonly steps = new StepList();
  private phase: {
    readonly name: PhaseName;
    readonly image: string | null;
    readonly sinceMs: number;
  } | null = null;
  private lastMs = 0;
  private place: { readonly stage: number | null; readonly position: number; readonly total: number } | null =
    null;
  private stageName = '';
  /** Nothing was printed since the last STEP line: only then is a cached mark buildah's own. */
  private isFresh = false;
  private error: string | null = null;
  private failed: OpenStep | null = null;
  private pushMs: number | null = null;
  private plainLines: string[] = [];

  constructor(private readonly plan: RunPlan) {}

  feed(bytes: Uint8Array, stream: OutputStream): readonly RunEvent[] {
    return this.cutters[stream].feed(bytes).flatMap((line) => this.readLine(line, stream));
  }

  finish(end: RunEnd): RunVerdict {
    const rest = (['stdout', 'stderr'] as const).flatMap((stream) => {
      const line = this.cutters[stream].finish();
      return line === null ? [] : this.readLine(line, stream);
    });
    const isDone = end.exitCode === 0 && end.signal === null;
    const cut = this.steps.open === null ? [] : this.endPhase(isDone ? 0 : end.exitCode, end.signal);
    const digest = digestIn(end.outputs, this.plan.outputs);
    const failure = explainFailure({
      end,
      digest,
      phase: this.phase,
      error: this.error,
      failed: this.failed,
      plainLines: this.plainLines,
    });
    return {
      events: [...rest, ...cut],
      stagedDigest: failure === null ? digest : null,
      failure,
      pushDurationMs: this.pushMs,
    };
  }

  private readLine(line: Buffer, stream: OutputStream): RunEvent[] {
    const record = stream === 'stdout' ? readRecord(line) : null;
    if (record !== null) return this.apply(record);
    const text = line.toString('utf8');
    this.keep(text);
    return [this.log(null, stream, 'ERROR', Buffer.from(`${text}\n`))];
  }

  private apply(record: LaunchRecord): RunEvent[] {
    this.lastMs = record.at;
    if ('begin' in record) {
      this.plainLines = [];
      this.phase = { name: record.begin, image: record.image, sinceMs: record.at };
      if (record.begin === 'build') return [];
      return this.begin(`${record.begin} ${record.image ?? ''}`, null);
    }
    if ('end' in record) return this.endPhase(record.exitCode, record.signal);
    const stream = 'out' in record ? 'stdout' : 'stderr';
    const bytes = Buffer.from('out' in record ? record.out : record.err, 'base64');
    return this.inner[stream].feed(bytes).flatMap((line) => this.readOutput(line, stream, true));
  }

  private readOutput(line: Buffer, stream: OutputStream, hasNewline: boolean): RunEvent[] {
    const text = line.toString('utf8');
    if (stream === 'stdout' && this.phase?.name === 'build') {
      const next = readStepLines(text).find((one) => this.isNext(one));
      if (next !== undefined) return [...this.readRest(next.before), ...this.beginInstruction(next)];
      if (this.isFresh && this.steps.open !== null && isCachedLine(text)) {
        this.steps.open.cached = true;
        return this.close(null, null);
      }
    }
    this.isFresh = false;
    const bytes = hasNewline ? Buffer.concat([line, Buffer.from('\n')]) : line;
    const { open } = this.steps;
    if (stream === 'stderr' && text.startsWith('Error: ')) {
      this.error = text.slice('Error: '.length);
      return [this.log(open, stream, 'ERROR', bytes)];
    }
    if (open === null) this.keep(text);
    else open.output.append(bytes, stream);
    return [this.log(open, stream, 'INFO', bytes)];
  }

  /** An output that ended without a newline has it here, so that the next line of the log stands by itself. */
  private readRest(text: string): RunEvent[] {
    return text === '' ? [] : this.readOutput(Buffer.from(text), 'stdout', true);
  }

  /** A step may print lines that look like buildah's; only the one that must come next is taken for it. */
  private isNext({ stage, position, total }: StepLine): boolean {
    const at = this.place;
    if (position === 1) return at === null || ((stage ?? 0) > (at.stage ?? 0) && at.position === at.total);
    return at !== null && stage === at.stage && position === at.position + 1 && total === at.total;
  }

  private beginInstruction(line: StepLine): RunEvent[] {
    const closing = this.close(null, null);
    this.place = line;
    if (line.position === 1) {
      const named = /^FROM .*\bAS +(\S+)$/i.exec(line.instruction)?.[1];
      this.stageName = named ?? (line.stage === null ? '' : `stage-${line.stage - 1}`);
    }
    const stage = this.stageName;
    const mark = `[${stage === '' ? '' : `${stage} `}${line.position}/${line.total}]`;
    const opening = this.begin(`${mark} ${line.instruction.replace(/\s*[\r\n]\s*/g, ' ')}`, line.instruction);
    this.isFresh = true;
    return [...closing, ...opening];
  }

  private endPhase(exitCode: number | null, signal: string | null): RunEvent[] {
    const rest = (['stdout', 'stderr'] as const).flatMap((stream) => {
      const line = this.inner[stream].finish();
      return line === null ? [] : this.readOutput(line, stream, false);
    });
    const hasFailed = exitCode !== 0 || signal !== null;
    if (this.phase?.name === 'push' && !hasFailed)
      this.pushMs = Math.max(0, this.lastMs - this.phase.sinceMs);
    if (!hasFailed) return [...rest, ...this.close(null, null)];
    this.failed = this.steps.open;
    const fault =
      this.error ??
      (signal === null ? `ended with exit code ${exitCode ?? 'unknown'}` : `ended by ${signal}`);
    return [...rest, ...this.close(fault, exitCodeIn(this.error))];
  }

  private begin(name: string, instruction: string | null): RunEvent[] {
    const step = this.steps.begin(name, instruction, this.lastMs);
    const level = instruction === null ? 'DEBUG' : 'INFO';
    return [{ kind: 'step', step: toStep(step, null) }, this.note(step, name, level)];
  }

  private close(fault: string | null, exitCode: number | null): RunEvent[] {
    const { open } = this.steps;
    if (open === null) return [];
    this.steps.open = null;
    const step = toStep(open, { endedMs: this.lastMs, fault, exitCode });
    const seconds = ((step.durationMs ?? 0) / 1000).toFixed(1);
    const closing =
      fault === null
        ? this.note(open, open.cached ? 'CACHED' : `DONE ${seconds}s`, 'DEBUG')
        : this.note(open, `ERROR: ${fault}`, 'ERROR');
    return [{ kind: 'step', step }, closing];
  }

  private keep(text: string): void {
    this.plainLines.push(text.slice(0, 8192));
    if (this.plainLines.length > 200) this.plainLines.shift();
  }

  /** A line of Kiln's own in the log of a step, named by the step's number. */
  private note(step: OpenStep, text: string, level: LogLevel): RunEvent {
    return this.log(step, 'stderr', level, Buffer.from(`#${step.number} ${text}\n`));
  }

  private log(step: OpenStep | null, stream: OutputStream, level: LogLevel, bytes: Buffer): RunEvent {
    return { kind: 'log', stepNumber: step?.number ?? null, stream, level, bytes };
  }
}

function digestIn(outputs: Readonly<Record<string, string | null>>, paths: readonly string[]): string | null {
  const found = paths.map((path) => outputs[path]?.trim()).find((text) => text !== undefined);
  return found !== undefined && /^sha256:[0-9a-f]{64}$/.test(found) ? found : null;
}
