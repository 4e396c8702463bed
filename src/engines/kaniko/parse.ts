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
import { LineCutter } from '../output/line-cutter.js';
import { OutputTail } from '../output/output-tail.js';
import { StepList, toStep, type OpenStep } from '../output/step-list.js';
import { LauncherLines } from '../output/launcher-lines.js';
import { exitCodeIn, explainFailure, isBeforeItsStep } from './failure.js';
import { readRecord, readSaid, type Said } from './records.js';

const LAST_LINES = 20;

/** Reads the launcher's output: records on stdout, its own plain words on stderr. */
export function createKanikoParser(plan: RunPlan): RunParser {
  return new KanikoParser(plan);
}

class KanikoParser implements RunParser {
  private readonly lines = new LauncherLines((line, stream) => this.readOuter(line, stream));
  private readonly inner = new LineCutter();
  private readonly plain = new OutputTail();
  private readonly steps = new StepList();
  private atMs = 0;
  private error: string | null = null;
  private pushMs: number | null = null;

  constructor(private readonly plan: RunPlan) {}

  feed(bytes: Uint8Array, stream: OutputStream): readonly RunEvent[] {
    return this.lines.feed(bytes, stream);
  }

  finish(told: RunEnd, hide: Hide): RunVerdict {
    const events = this.lines.finish();
    const end = this.lines.endOf(told);
    const rest = this.inner.finish();
    if (rest !== null) events.push(...this.readInner(rest, ''));
    const digest = digestIn(end.outputs, this.plan.outputs);
    const failure = explainFailure({
      hide,
      ...{ end, digest, error: this.error, open: this.steps.open },
      plainLines: this.plain.lines(LAST_LINES),
    });
    events.push(...this.close(isBeforeItsStep(this.error ?? '') ? null : (failure?.message ?? null)));
    return {
      events,
      stagedDigest: failure === null ? digest : null,
      failure,
      pushDurationMs: failure === null ? this.pushMs : null,
    };
  }

  private readOuter(line: Buffer, stream: OutputStream): RunEvent[] {
    const record = stream === 'stdout' ? readRecord(line) : null;
    if (record === null) return this.log(`${line.toString('utf8')}\n`, 'WARN', stream, null);
    const events: RunEvent[] = [];
    for (const inner of this.inner.feed(Buffer.from(record.data, 'base64'))) {
      this.atMs = Math.max(this.atMs, record.at);
      events.push(...this.readInner(inner, '\n'));
    }
    this.atMs = Math.max(this.atMs, record.at);
    return events;
  }

  private readInner(line: Buffer, newline: string): RunEvent[] {
    const found = readSaid(line.toString('utf8'));
    if (found !== null) {
      const before = found.before === '' ? [] : this.printed(Buffer.from(found.before), '\n');
      return [...before, ...this.hear(found.said)];
    }
    const [, error] =
      /(error (?:building|pushing|checking|resolving|parsing)\b.*)$/.exec(line.toString('utf8')) ?? [];
    if (error !== undefined) {
      this.error = withoutPins(error, this.plan.pins);
      return this.log(`${line.toString('utf8')}${newline}`, 'ERROR', 'stdout', this.steps.open);
    }
    return this.printed(line, newline);
  }

  private hear(said: Said): RunEvent[] {
    switch (said.kind) {
      case 'stage':
      case 'instruction':
        return this.begin(withoutPins(said.text, this.plan.pins), false);
      case 'push':
        return this.begin(`[push] ${said.text}`, true);
      case 'cached':
        if (this.steps.open !== null) this.steps.open.cached = true;
        return this.log(`${said.text}\n`, 'DEBUG', 'stdout', null);
      case 'other':
        return this.log(`${said.text}\n`, levelOf(said.level), 'stdout', null);
    }
  }

  /** What a RUN step has printed, byte for byte. */
  private printed(line: Buffer, newline: string): RunEvent[] {
    const bytes = Buffer.concat([line, Buffer.from(newline)]);
    if (this.steps.open === null) this.plain.append(bytes);
    else this.steps.open.output.append(bytes, 'stdout');
    return [
      { kind: 'log', stepNumber: this.steps.open?.number ?? null, stream: 'stdout', level: 'INFO', bytes },
    ];
  }

  private begin(name: string, isPush: boolean): RunEvent[] {
    const before = this.close(null);
    const step = this.steps.begin(name, isPush ? null : name, this.atMs);
    return [
      ...before,
      { kind: 'step', step: toStep(step, null) },
      ...this.log(`#${step.number} ${name}\n`, 'INFO', 'stdout', step),
    ];
  }

  private close(fault: string | null): RunEvent[] {
    const { open } = this.steps;
    if (open === null) return [];
    this.steps.open = null;
    const end = fault === null ? null : { fault, exitCode: exitCodeIn(this.error) };
    const step = toStep(open, { endedMs: this.atMs, end });
    if (open.instruction === null) this.pushMs = step.durationMs;
    const how =
      fault !== null
        ? 'ERROR'
        : open.cached
          ? 'CACHED'
          : `DONE ${((step.durationMs ?? 0) / 1000).toFixed(1)}s`;
    return [
      ...this.log(`#${open.number} ${how}\n`, fault === null ? 'INFO' : 'ERROR', 'stdout', open),
      { kind: 'step', step },
    ];
  }

  private log(text: string, level: LogLevel, stream: OutputStream, step: OpenStep | null): RunEvent[] {
    return [{ kind: 'log', stepNumber: step?.number ?? null, stream, level, bytes: Buffer.from(text) }];
  }
}

function levelOf(level: string): LogLevel {
  if (level === 'warning') return 'WARN';
  return /^(?:error|fatal|panic)$/.test(level) ? 'ERROR' : 'DEBUG';
}
