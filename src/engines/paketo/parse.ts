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
import { OutputTail } from '../output/output-tail.js';
import { StepList, toStep, type OpenStep } from '../output/step-list.js';
import { explainFailure, scriptExitCode, type RunEvidence } from './failure.js';
import type { LaunchRecord, PhaseName } from './order.js';
import { readRecord, readSaid, type Said } from './records.js';

const LAST_LINES = 20;

/** Reads the launcher's output: records on stdout, its own plain words on stderr. */
export function createPaketoParser(plan: RunPlan): RunParser {
  return new PaketoParser(plan);
}

class PaketoParser implements RunParser {
  private readonly lines = new LauncherLines((line, stream) => this.readOuter(line, stream));
  private readonly inner = new StreamLines((line, stream, isWhole) =>
    this.readLine(line, stream, isWhole ? '\n' : ''),
  );
  private readonly plain = new OutputTail();
  private readonly steps = new StepList();
  private readonly tried = new Map<string, string>();
  private phase: PhaseName | null = null;
  private buildpack: string | null = null;
  private atMs = 0;
  private exitCode: number | null = null;
  private fault: RunEvidence['fault'] = null;
  private error: string | null = null;
  private pushMs: number | null = null;
  private images: RunVerdict['images'];

  constructor(private readonly plan: RunPlan) {}

  feed(bytes: Uint8Array, stream: OutputStream): readonly RunEvent[] {
    return this.lines.feed(bytes, stream);
  }

  finish(told: RunEnd, hide: Hide): RunVerdict {
    const events = this.lines.finish();
    const end = this.lines.endOf(told);
    events.push(...this.inner.finish());
    const digest = digestIn(end.outputs, this.plan.outputs);
    const failure = explainFailure({
      hide,
      ...{ end, digest, fault: this.fault, phase: this.phase, exitCode: this.exitCode, error: this.error },
      tried: [...this.tried].map(([buildpack, result]) => ({ buildpack, result })),
      ...{ open: this.steps.open, buildpack: this.buildpack },
      plainLines: this.plain.lines(LAST_LINES),
    });
    events.push(...this.close(failure?.message ?? null));
    return {
      events,
      stagedDigest: failure === null ? digest : null,
      failure,
      pushDurationMs: failure === null ? this.pushMs : null,
      ...(failure === null && this.images !== undefined && { images: this.images }),
    };
  }

  private readOuter(line: Buffer, stream: OutputStream): RunEvent[] {
    const record = stream === 'stdout' ? readRecord(line) : null;
    if (record === null) return this.log(`${line.toString('utf8')}\n`, 'WARN', stream, null);
    this.atMs = Math.max(this.atMs, record.at);
    return this.readRecord(record);
  }

  private readRecord(record: LaunchRecord): RunEvent[] {
    if ('begin' in record) return this.beginPhase(record.begin, record.subject);
    if ('out' in record) return this.inner.feed(Buffer.from(record.out, 'base64'), 'stdout');
    if ('err' in record) return this.inner.feed(Buffer.from(record.err, 'base64'), 'stderr');
    if ('fault' in record) {
      this.fault = { code: record.fault, message: record.message, said: record.said };
      return this.log(`${record.message}\n`, 'ERROR', 'stdout', this.steps.open);
    }
    const events = this.inner.finish();
    if (record.exitCode !== 0) this.exitCode = record.exitCode;
    else {
      const { open } = this.steps;
      if (open !== null && record.cached === true) open.cached = true;
      if (record.images !== undefined) this.images = record.images;
      if (open !== null && record.digest !== undefined) open.name = withDigest(open.name, record.digest);
      events.push(...this.close(null));
      this.phase = null;
    }
    return events;
  }

  private beginPhase(phase: PhaseName, subject: string): RunEvent[] {
    this.phase = phase;
    // A buildpack's build is a step of its own, and so is each layer of the image.
    if (phase === 'build' || phase === 'export') return [];
    return this.begin(subject === '' ? `[${phase}]` : `[${phase}] ${subject}`);
  }

  private readLine(line: Buffer, stream: OutputStream, newline: string): RunEvent[] {
    const found = stream === 'stdout' ? readSaid(line.toString('utf8')) : null;
    if (found === null) return this.printed(Buffer.concat([line, Buffer.from(newline)]), stream);
    const before = found.before === '' ? [] : this.printed(Buffer.from(`${found.before}\n`), stream);
    const text = `${line.toString('utf8').slice(found.before.length)}\n`;
    return [...before, ...this.hear(found.said, text)];
  }

  private hear(said: Said, text: string): RunEvent[] {
    switch (said.kind) {
      case 'begin':
        if (this.phase !== 'build' || this.buildpack !== null)
          return this.printed(Buffer.from(text), 'stdout');
        this.buildpack = said.buildpack;
        return this.begin(`[build] ${said.buildpack}`);
      case 'end': {
        if (said.buildpack !== this.buildpack) return this.printed(Buffer.from(text), 'stdout');
        const events = this.close(null);
        this.buildpack = null;
        return events;
      }
      case 'layer':
        if (this.phase !== 'export') return this.printed(Buffer.from(text), 'stdout');
        return this.hearLayer(`[${said.isForCache ? 'cache' : 'export'}] ${said.name}`, said.cached, text);
      case 'save':
        if (this.phase !== 'export') return this.printed(Buffer.from(text), 'stdout');
        return this.begin(`[push] ${said.image}`);
      case 'tried':
        if (this.phase === 'detect') this.tried.set(said.buildpack, said.result);
        return this.printed(Buffer.from(text), 'stdout');
      case 'error':
        if (this.buildpack !== null && !said.message.startsWith('failed to build: '))
          return this.printed(Buffer.from(text), 'stdout');
        if (this.phase !== null) this.error = said.message;
        return this.log(text, 'ERROR', 'stdout', this.steps.open);
      case 'noise':
        return this.log(text, 'DEBUG', 'stdout', null);
    }
  }

  /**
   * Of a layer that its cache has already, the lifecycle says "Reusing" and then "Adding", which does nothing: one step. Only after a warning
   * in between is it added indeed.
   */
  private hearLayer(name: string, cached: boolean, text: string): RunEvent[] {
    const { open } = this.steps;
    if (open?.name !== name) return this.begin(name, cached);
    if (/Skipping re-use for layer/.test(open.output.lastLines(1).join(''))) open.cached = false;
    return this.printed(Buffer.from(text), 'stdout');
  }

  /** What a buildpack has printed, byte for byte, and what the lifecycle says that makes no step. */
  private printed(bytes: Buffer, stream: OutputStream): RunEvent[] {
    if (this.steps.open === null) this.plain.append(bytes);
    else this.steps.open.output.append(bytes, stream);
    return [{ kind: 'log', stepNumber: this.steps.open?.number ?? null, stream, level: 'INFO', bytes }];
  }

  private begin(name: string, cached = false): RunEvent[] {
    const before = this.close(null);
    const step = this.steps.begin(name, null, this.atMs);
    step.cached = cached;
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
    const end = fault === null ? null : { fault, exitCode: scriptExitCode(this.error) };
    const step = toStep(open, { endedMs: this.atMs, end });
    if (open.name.startsWith('[push] ')) this.pushMs = step.durationMs;
    const seconds = ((step.durationMs ?? 0) / 1000).toFixed(1);
    const how = fault !== null ? 'ERROR' : open.cached ? 'CACHED' : `DONE ${seconds}s`;
    return [
      ...this.log(`#${open.number} ${how}\n`, fault === null ? 'INFO' : 'ERROR', 'stdout', open),
      { kind: 'step', step },
    ];
  }

  private log(text: string, level: LogLevel, stream: OutputStream, step: OpenStep | null): RunEvent[] {
    return [{ kind: 'log', stepNumber: step?.number ?? null, stream, level, bytes: Buffer.from(text) }];
  }
}

/** The name of a step that ends with an image, by which the record knows what the image was. */
function withDigest(name: string, digest: string): string {
  return name.includes('@') ? name : `${name}@${digest}`;
}
