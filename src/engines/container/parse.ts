import type {
  Hide,
  LogLevel,
  OutputStream,
  RunEnd,
  RunEvent,
  RunParser,
  RunPlan,
  RunVerdict,
} from '../../ports/engine.js';
import { withoutPins } from '../dockerfile/pinned-dockerfile.js';
import { digestIn } from '../output/digest-in.js';
import { LauncherLines } from '../output/launcher-lines.js';
import { StreamLines } from '../output/stream-lines.js';
import { explainFailure, exitCodeIn } from './failure.js';
import type { LaunchRecord, PhaseName } from './order.js';
import { isCachedLine, readRecord, readStepLines, type StepLine } from './records.js';
import { hostPathsOf, withoutHostPaths, type HostPath } from './host-paths.js';
import { Stages } from './stages.js';
import { StepList, toStep, type OpenStep, type StepFault } from '../output/step-list.js';

/** Reads the records of the launcher, and buildah's output in them. */
export function createContainerParser(plan: RunPlan): RunParser {
  return new ContainerParser(plan);
}

class ContainerParser implements RunParser {
  private readonly lines = new LauncherLines((line, stream) => this.readLine(line, stream));
  /** Of what the phase prints, inside the records. */
  private readonly inner = new StreamLines((line, stream, isWhole) => this.readOutput(line, stream, isWhole));
  private readonly steps = new StepList();
  private phase: {
    readonly name: PhaseName;
    readonly image: string | null;
    readonly sinceMs: number;
  } | null = null;
  private lastMs = 0;
  private readonly stages = new Stages();
  /** Nothing was printed since the last STEP line: only then is a cached mark buildah's own. */
  private isFresh = false;
  private error: string | null = null;
  private failed: OpenStep | null = null;
  private pushMs: number | null = null;
  private plainLines: string[] = [];

  private readonly hostPaths: readonly HostPath[];

  constructor(private readonly plan: RunPlan) {
    this.hostPaths = hostPathsOf(plan);
  }

  feed(bytes: Uint8Array, stream: OutputStream): readonly RunEvent[] {
    return this.lines.feed(bytes, stream);
  }

  finish(told: RunEnd, hide: Hide): RunVerdict {
    const rest = this.lines.finish();
    const end = this.lines.endOf(told);
    const isDone = end.exitCode === 0 && end.signal === null;
    const cut = this.steps.open === null ? [] : this.endPhase(isDone ? 0 : end.exitCode, end.signal);
    const digest = digestIn(end.outputs, this.plan.outputs);
    const failure = explainFailure({
      hide,
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
    return this.inner.feed(bytes, stream);
  }

  private readOutput(printed: Buffer, stream: OutputStream, hasNewline: boolean): RunEvent[] {
    const line = stream === 'stderr' ? this.hidePaths(printed) : printed;
    const text = line.toString('utf8');
    if (stream === 'stdout' && this.phase?.name === 'build') {
      const next = readStepLines(text).find((one) => this.stages.isNext(one));
      if (next !== undefined) return [...this.readRest(next.before), ...this.beginInstruction(next)];
      if (this.isFresh && isCachedLine(text)) return this.markCached();
    }
    this.isFresh = false;
    const bytes = hasNewline ? Buffer.concat([line, Buffer.from('\n')]) : line;
    const { open } = this.steps;
    if (stream === 'stderr' && text.startsWith('Error: ')) {
      this.error = withoutPins(text.slice('Error: '.length), this.plan.pins);
      return [this.log(open, stream, 'ERROR', bytes)];
    }
    if (open === null) this.keep(text);
    else open.output.append(bytes, stream);
    return [this.log(open, stream, 'INFO', bytes)];
  }

  /** Where the host keeps things is nobody's business; lines without such a path stay what they are, byte by byte. */
  private hidePaths(line: Buffer): Buffer {
    return this.hostPaths.some(({ path }) => line.includes(path))
      ? Buffer.from(withoutHostPaths(line.toString('utf8'), this.hostPaths))
      : line;
  }

  /** An output that ended without a newline has it here, so that the next line of the log stands by itself. */
  private readRest(text: string): RunEvent[] {
    return text === '' ? [] : this.readOutput(Buffer.from(text), 'stdout', true);
  }

  private beginInstruction(line: StepLine): RunEvent[] {
    const closing = this.stages.advance(line).flatMap((step) => this.close(step));
    const { current } = this.stages;
    if (current === null) return closing;
    const mark = `[${current.name === '' ? '' : `${current.name} `}${line.position}/${line.total}]`;
    const instruction = withoutPins(line.instruction, this.plan.pins);
    const opening = this.begin(`${mark} ${instruction.replace(/\s*[\r\n]\s*/g, ' ')}`, instruction);
    current.step = this.steps.open;
    this.isFresh = true;
    return [...closing, ...opening];
  }

  private markCached(): RunEvent[] {
    const passed = this.stages.isMarkOfWaiting ? this.goBack() : [];
    const { open } = this.steps;
    if (open === null) return passed;
    open.cached = true;
    return [...passed, ...this.close(open), ...this.goBack()];
  }

  /** To the instruction that waited for the stage which is through, where there is one. */
  private goBack(): RunEvent[] {
    const through = this.steps.open;
    const stage = this.stages.resume();
    if (stage === null) return [];
    const closing = through === null ? [] : this.close(through);
    this.steps.open = stage.step;
    this.isFresh = true;
    return closing;
  }

  private endPhase(exitCode: number | null, signal: string | null): RunEvent[] {
    const rest = this.inner.finish();
    const hasFailed = exitCode !== 0 || signal !== null;
    if (this.phase?.name === 'push' && !hasFailed)
      this.pushMs = Math.max(0, this.lastMs - this.phase.sinceMs);
    const waiting = this.stages.takeWaiting();
    const { open } = this.steps;
    if (!hasFailed) return [...rest, ...[open, ...waiting].flatMap((step) => this.close(step))];
    this.failed = open;
    const fault =
      this.error ??
      (signal === null ? `ended with exit code ${exitCode ?? 'unknown'}` : `ended by ${signal}`);
    return [
      ...rest,
      ...this.close(open, { fault, exitCode: exitCodeIn(this.error) }),
      ...waiting.flatMap((step) => this.close(step, { fault: null, exitCode: null })),
    ];
  }

  private begin(name: string, instruction: string | null): RunEvent[] {
    const step = this.steps.begin(name, instruction, this.lastMs);
    const level = instruction === null ? 'DEBUG' : 'INFO';
    return [{ kind: 'step', step: toStep(step, null) }, this.note(step, name, level)];
  }

  /** `end` of a step that failed, or, without a fault, of one that the failure of another has cut short. */
  private close(open: OpenStep | null, end: StepFault | null = null): RunEvent[] {
    if (open === null) return [];
    if (this.steps.open === open) this.steps.open = null;
    this.stages.forget(open);
    const step = toStep(open, { endedMs: this.lastMs, end });
    const seconds = ((step.durationMs ?? 0) / 1000).toFixed(1);
    const said = {
      success: open.cached ? 'CACHED' : `DONE ${seconds}s`,
      failed: `ERROR: ${step.errorMessage ?? ''}`,
      skipped: `SKIPPED: ${step.errorMessage ?? ''}`,
    };
    const level = { success: 'DEBUG', failed: 'ERROR', skipped: 'WARN' } as const;
    const status = step.status as keyof typeof said;
    return [{ kind: 'step', step }, this.note(open, said[status], level[status])];
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
