import { MAX_WARNINGS, mergeWarnings, type BuildWarning } from '../../domain/builds/warning.js';
import { STEP_STATUS, type Step } from '../../domain/builds/step-status.js';
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
import { explainFailure } from './failure.js';
import { StreamLines } from '../output/stream-lines.js';
import { PlainText } from './plain-text.js';
import { readProgress, type LogUpdate, type Progress } from './progress.js';
import { PushClock } from './push-clock.js';
import { readStageMark } from './stage-mark.js';
import { StepBoard } from './step-board.js';
import type { StepRecord } from './step-record.js';
import { readStagedDigest } from './staged-digest.js';

/** Reads buildctl's output: progress records and plain text on stderr. */
export function createBuildxParser(plan: RunPlan): RunParser {
  return new BuildxParser(plan);
}

function levelOf(text: string): LogLevel {
  if (/^error: /i.test(text)) return 'ERROR';
  return text.startsWith('warning: ') ? 'WARN' : 'INFO';
}

class BuildxParser implements RunParser {
  private readonly lines = new StreamLines((line, stream, isWhole) => this.readLine(line, stream, isWhole));
  private readonly board = new StepBoard();
  private readonly plainText = new PlainText();
  private readonly pushClock = new PushClock();
  /** The step as it was last told, by digest. */
  private readonly told = new Map<string, { readonly json: string; readonly isOpen: boolean }>();
  private readonly headed = new Set<string>();
  private readonly warnings: BuildWarning[] = [];

  constructor(private readonly plan: RunPlan) {}

  feed(bytes: Uint8Array, stream: OutputStream): readonly RunEvent[] {
    return this.lines.feed(bytes, stream);
  }

  finish(end: RunEnd, hide: Hide): RunVerdict {
    const rest = this.lines.finish();
    const records = this.board.finish();
    const steps = records.flatMap((record) => this.tellStep(record, true));
    const digest = readStagedDigest(end.outputs, this.plan.outputs);
    const failure = explainFailure({
      hide,
      keeps: this.plan.keeps ?? [],
      end,
      digest,
      failed: this.board.firstFailed(),
      hasInstructions: this.board.hasInstructions(),
      plainText: this.plainText,
    });
    return {
      events: [...rest, ...steps],
      stagedDigest: failure === null ? digest : null,
      failure,
      pushDurationMs: this.pushClock.durationMs(),
      warnings: mergeWarnings(this.warnings),
      ...(failure === null && { images: this.board.images() }),
    };
  }

  private readLine(line: Buffer, stream: OutputStream, hasNewline: boolean): RunEvent[] {
    const run = stream === 'stderr' ? readStageMark(line) : null;
    if (run !== null) return this.board.beginRun(run).flatMap((record) => this.tellStep(record, false));
    const progress = readProgress(line);
    if (progress !== null) return this.readProgress(progress);
    const text = line.toString('utf8');
    this.plainText.add(text);
    const level = levelOf(text);
    const bytes = hasNewline ? Buffer.concat([line, Buffer.from('\n')]) : line;
    return [{ kind: 'log', stepNumber: null, stream, level, bytes }];
  }

  private readProgress(progress: Progress): RunEvent[] {
    const touched = this.board.apply(progress.vertexes);
    this.pushClock.apply(progress.statuses);
    // Each run of buildctl looks at the Dockerfile again.
    const warnings = progress.warnings.filter(({ warning }) => !this.isKnown(warning));
    for (const { warning } of warnings) if (this.warnings.length < MAX_WARNINGS) this.warnings.push(warning);
    return [
      ...touched.flatMap((record) => this.tellStart(record)),
      ...progress.logs.flatMap((log) => this.tellOutput(log)),
      ...warnings.map(({ vertex, text }) => this.note(this.board.find(vertex), `${text}\n`, 'WARN')),
      ...touched.flatMap((record) => this.tellStep(record, false)),
    ];
  }

  private isKnown(warning: BuildWarning): boolean {
    const text = JSON.stringify(warning);
    return this.warnings.some((one) => JSON.stringify(one) === text);
  }

  private tellStart(record: StepRecord): RunEvent[] {
    if (!record.isStarted || this.headed.has(record.digest)) return [];
    this.headed.add(record.digest);
    return [this.note(record, `${record.name}\n`, record.parsed.stage === null ? 'DEBUG' : 'INFO')];
  }

  private tellOutput({ vertex, isStderr, bytes }: LogUpdate): RunEvent[] {
    if (bytes.length === 0) return [];
    const stream: OutputStream = isStderr ? 'stderr' : 'stdout';
    const record = this.board.find(vertex);
    record?.output.append(bytes, stream);
    return [{ kind: 'log', stepNumber: record?.number ?? null, stream, level: 'INFO', bytes }];
  }

  /** The step when it changed, then a closing line in its log when it ended. Output alone is no change until the end. */
  private tellStep(record: StepRecord, hasEnded: boolean): RunEvent[] {
    const step = record.toStep(hasEnded);
    const before = this.told.get(record.digest);
    const isOpen = !STEP_STATUS[step.status].terminal;
    const json = JSON.stringify(isOpen ? { ...step, stdout: null, stderr: null } : step);
    if (before?.json === json) return [];
    this.told.set(record.digest, { json, isOpen });
    const closesNow = !isOpen && before?.isOpen !== false && record.isStarted;
    const closing = closesNow ? [this.close(record, step)] : [];
    return [{ kind: 'step', step }, ...closing];
  }

  private close(record: StepRecord, step: Step): RunEvent {
    const tell = (text: string, level: LogLevel): RunEvent => this.note(record, `${text}\n`, level);
    if (step.status === 'failed') return tell(`ERROR: ${step.errorMessage ?? ''}`, 'ERROR');
    if (step.errorMessage !== null) return tell(`SKIPPED: ${step.errorMessage}`, 'WARN');
    if (step.status === 'skipped') return tell('INTERRUPTED', 'WARN');
    const seconds = ((step.durationMs ?? 0) / 1000).toFixed(1);
    return tell(step.cached ? 'CACHED' : `DONE ${seconds}s`, 'DEBUG');
  }

  /** A line of Kiln's own in the log of a step, named by the step's number. */
  private note(record: StepRecord | null, text: string, level: LogLevel): RunEvent {
    return {
      kind: 'log',
      stepNumber: record?.number ?? null,
      stream: 'stderr',
      level,
      bytes: Buffer.from(record?.number == null ? text : `#${record.number} ${text}`),
    };
  }
}
