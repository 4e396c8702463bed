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
import { digestIn } from '../output/digest-in.js';
import { LauncherLines } from '../output/launcher-lines.js';
import { StreamLines } from '../output/stream-lines.js';
import { StepList, toStep, type OpenStep } from '../output/step-list.js';
import { explainFailure, exitCodeIn, type StopReason } from './failure.js';
import type { LaunchRecord, PhaseName } from './order.js';
import { readPlace, readRecord, readSaid, type Place, type Said } from './records.js';

const NEWLINE = Buffer.from('\n');

/** Reads the records of the launcher, and what packer and buildah say in them. */
export function createPackerParser(plan: RunPlan): RunParser {
  return new PackerParser(plan);
}

interface OpenPhase {
  readonly name: Exclude<PhaseName, 'locate' | 'tag'>;
  readonly image: string | null;
  readonly sinceMs: number;
}

class PackerParser implements RunParser {
  private readonly lines = new LauncherLines((line, stream) => this.readLine(line, stream));
  /** Of what the phase prints, inside the records. */
  private readonly inner = new StreamLines((line, stream) => this.readOutput(line, stream));
  private readonly steps = new StepList();
  private phase: OpenPhase | null = null;
  private open: OpenStep | null = null;
  private lastMs = 0;
  private error: string | null = null;
  private isLocating = false;
  private stopped: StopReason | null = null;
  private failed: OpenStep | null = null;
  private pushMs: number | null = null;
  private plainLines: string[] = [];
  private readonly places: Place[] = [];

  constructor(private readonly plan: RunPlan) {}

  feed(bytes: Uint8Array, stream: OutputStream): readonly RunEvent[] {
    return this.lines.feed(bytes, stream);
  }

  finish(told: RunEnd, hide: Hide): RunVerdict {
    const rest = this.lines.finish();
    const end = this.lines.endOf(told);
    const isDone = end.exitCode === 0 && end.signal === null;
    const cut =
      this.open === null ? [] : this.close(isDone ? null : 'The build was ended before this was done.');
    const digest = digestIn(end.outputs, this.plan.outputs);
    const failure = explainFailure({
      hide,
      ...{ end, digest, phase: this.phase, error: this.error, stopped: this.stopped },
      ...{ failed: this.failed, plainLines: this.plainLines, places: this.places },
    });
    return {
      events: [...rest, ...cut],
      stagedDigest: failure === null ? digest : null,
      failure,
      pushDurationMs: failure === null ? this.pushMs : null,
    };
  }

  private readLine(line: Buffer, stream: OutputStream): RunEvent[] {
    const record = stream === 'stdout' ? readRecord(line) : null;
    if (record !== null) return this.apply(record);
    this.keep(line.toString('utf8'));
    return [this.log(null, stream, 'ERROR', Buffer.concat([line, NEWLINE]))];
  }

  private apply(record: LaunchRecord): RunEvent[] {
    // Checks of the template begin before the pulls have ended, and are told of after them.
    this.lastMs = 'begin' in record ? record.at : Math.max(this.lastMs, record.at);
    if ('stop' in record) {
      this.stopped = 'variables' in record ? { undeclared: record.variables } : record.stop;
      return [];
    }
    if ('begin' in record) return this.beginPhase(record.begin, record.image);
    if ('end' in record) return this.endPhase(record.exitCode, record.signal);
    const stream = 'out' in record ? 'stdout' : 'stderr';
    const bytes = Buffer.from('out' in record ? record.out : record.err, 'base64');
    return this.inner.feed(bytes, stream);
  }

  private beginPhase(name: PhaseName, image: string | null): RunEvent[] {
    // A name for what the phase before has pulled.
    if (name === 'tag') return [];
    // What is told then is of the phase before.
    this.isLocating = name === 'locate';
    if (name === 'locate') return [];
    this.phase = { name, image, sinceMs: this.lastMs };
    this.plainLines = [];
    if (name === 'init' || name === 'validate') return this.begin(`packer ${name}`, null);
    if (name === 'pull' || name === 'push') return this.begin(`${name} ${image ?? ''}`, null);
    return name === 'read' ? this.begin('read the image', null) : [];
  }

  private readOutput(line: Buffer, stream: OutputStream): RunEvent[] {
    if (this.isLocating) {
      this.places.push(...[readPlace(line.toString('utf8')) ?? []].flat());
      return [];
    }
    const isPacker = /^(?:init|validate|build)$/.test(this.phase?.name ?? '');
    const said = isPacker && stream === 'stdout' ? readSaid(line.toString('utf8')) : null;
    if (said !== null) return this.hear(said);
    const text = line.toString('utf8');
    if (!isPacker && stream === 'stderr' && text.startsWith('Error: ')) {
      this.error = text.slice('Error: '.length);
      return this.own(text, 'ERROR');
    }
    return this.printed(line, stream);
  }

  private hear(said: Said): RunEvent[] {
    switch (said.kind) {
      case 'begin':
        return this.begin(`[${said.build}] ${said.text}`, said.text);
      case 'printed':
        return this.printed(Buffer.from(said.text), said.stream);
      case 'end': {
        if (said.fault === null) return this.close(null);
        this.error = said.fault;
        return [...this.own(said.fault, 'ERROR'), ...this.close(said.fault)];
      }
      case 'own':
        if (said.isError && this.phase?.name !== 'build')
          this.error = this.error === null ? said.text : `${this.error}\n${said.text}`;
        return this.own(said.text, said.isError ? 'WARN' : 'DEBUG');
      case 'data':
        return [];
    }
  }

  private printed(line: Buffer, stream: OutputStream): RunEvent[] {
    const bytes = Buffer.concat([line, NEWLINE]);
    if (this.open === null) this.keep(line.toString('utf8'));
    else this.open.output.append(bytes, stream);
    return [this.log(this.open, stream, 'INFO', bytes)];
  }

  private own(text: string, level: LogLevel): RunEvent[] {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => {
      this.keep(line);
      return this.log(this.open, 'stderr', level, Buffer.from(`${line}\n`));
    });
  }

  private endPhase(exitCode: number | null, signal: string | null): RunEvent[] {
    const rest = this.inner.finish();
    if (this.isLocating) return rest;
    const hasFailed = exitCode !== 0 || signal !== null;
    if (this.phase?.name === 'push' && !hasFailed)
      this.pushMs = Math.max(0, this.lastMs - this.phase.sinceMs);
    // Packer says of every build how it ended, unless it is killed, which its parent process does not tell by an exit code.
    if (!hasFailed && (this.phase?.name !== 'build' || this.open === null))
      return [...rest, ...this.close(null)];
    const how = signal === null ? `ended with exit code ${exitCode ?? 'unknown'}` : `ended by ${signal}`;
    return [...rest, ...this.close(this.error ?? how)];
  }

  private begin(name: string, instruction: string | null): RunEvent[] {
    const before = this.close(null);
    // What packer announces is a sentence, not an instruction with a type.
    const step = { ...this.steps.begin(name, null, this.lastMs), instruction };
    this.open = step;
    const level = instruction === null ? 'DEBUG' : 'INFO';
    return [...before, { kind: 'step', step: toStep(step, null) }, this.note(step, name, level)];
  }

  private close(fault: string | null): RunEvent[] {
    const step = this.open;
    if (step === null) return [];
    this.open = null;
    if (fault !== null) this.failed = step;
    const end = fault === null ? null : { fault, exitCode: exitCodeIn(fault) };
    const told = toStep(step, { endedMs: this.lastMs, end });
    const text = fault === null ? `DONE ${((told.durationMs ?? 0) / 1000).toFixed(1)}s` : 'ERROR';
    return [{ kind: 'step', step: told }, this.note(step, text, fault === null ? 'DEBUG' : 'ERROR')];
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
