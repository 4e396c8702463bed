import { KilnError } from '../domain/errors.js';
import type { LogSeal } from '../contracts/supervisor.js';
import type { Step } from '../domain/builds/step-status.js';
import type { EffectiveLimits } from '../domain/limits/effective-limits.js';
import { limitAndRemedy } from '../domain/limits/how-to-raise.js';
import type { LogLevel, OutputStream, RunEnd, RunEvent, RunParser, RunVerdict } from '../ports/engine.js';
import { LogCap } from './log-cap.js';
import { LineAssembler, type LogLine } from './log-lines.js';
import { LogSpool, type SpoolLimits } from './log-spool.js';
import { maskMessage, maskText } from './masking.js';
import type { Masks } from './masks.js';
import type { StepSender } from './step-sender.js';
import { Tape, type TapeEntry } from './tape.js';

/** A run's log from output bytes to chunks on disk. Everything that enters goes over the tape first. */
export class RunLog {
  readonly #lines: LineAssembler;
  readonly #cap: LogCap;
  #recorded: readonly TapeEntry[];
  #outputBytes = 0;

  private constructor(
    private readonly tape: Tape,
    readonly spool: LogSpool,
    private readonly masks: Masks,
    private readonly steps: StepSender,
    private readonly limits: EffectiveLimits,
    private readonly onStep: (step: Step) => void,
    chunkBytes: number,
  ) {
    this.#recorded = tape.recorded;
    this.#lines = new LineAssembler(masks, chunkBytes);
    this.#cap = new LogCap(limits);
  }

  static async open(
    paths: { tape: string; chunks: string },
    setup: {
      masks: Masks;
      steps: StepSender;
      spool: SpoolLimits;
      limits: EffectiveLimits;
      /** Called with every state of a step, also of those that are read again. */
      onStep: (step: Step) => void;
      onDurable: () => void;
    },
  ): Promise<RunLog> {
    const opening = Tape.open(paths.tape);
    const hooks = { beforeWrite: async () => (await opening).sync(), onDurable: setup.onDurable };
    const [tape, spool] = await Promise.all([opening, LogSpool.open(paths.chunks, setup.spool, hooks)]);
    const { masks, steps, limits, onStep } = setup;
    return new RunLog(tape, spool, masks, steps, limits, onStep, setup.spool.chunkBytes);
  }

  /** Whether an earlier life of the supervisor has seen the end of the output. */
  get hasRecordedEnd(): boolean {
    return this.tape.recorded.some(({ kind }) => kind === 'end');
  }

  /** What was recorded before a restart, once: it has to be played back in order, before anything new. */
  takeRecorded(): readonly TapeEntry[] {
    const recorded = this.#recorded;
    this.#recorded = [];
    return recorded;
  }

  /** A line of Kiln itself. A key is written once in the life of an attempt. */
  async say(key: string, line: string, level: LogLevel = 'INFO'): Promise<void> {
    if (this.tape.has(key)) return;
    const text = maskMessage(line, this.masks);
    await this.tape.append({ kind: 'line', key, level, text });
    this.playLine(text, level);
  }

  playLine(text: string, level: LogLevel): void {
    const bytes = Buffer.from(`[kiln] ${text}\n`);
    this.#addPart({ kind: 'log', stepNumber: null, stream: 'stdout', level, bytes });
  }

  /** New output of the run. */
  async output(parser: RunParser, bytes: Uint8Array, stream: OutputStream): Promise<void> {
    await this.tape.append({ kind: 'output', stream, bytes: bytes.length });
    await this.playOutput(parser, bytes, stream);
  }

  async playOutput(parser: RunParser, bytes: Uint8Array, stream: OutputStream): Promise<void> {
    this.#outputBytes += bytes.length;
    const limit = this.limits.output_max_bytes;
    if (this.#outputBytes > limit.value) {
      throw new KilnError('output_too_large', {
        message: `The build printed more than ${limitAndRemedy('output_max_bytes', limit)}`,
      });
    }
    for (const event of parser.feed(bytes, stream)) this.#take(event);
    await this.spool.ready();
  }

  /** The end of the run's output. */
  async end(parser: RunParser, end: RunEnd): Promise<RunVerdict> {
    await this.tape.append({ kind: 'end' });
    return this.playEnd(parser, end);
  }

  async playEnd(parser: RunParser, end: RunEnd): Promise<RunVerdict> {
    const verdict = parser.finish(end, (text) => maskText(text, this.masks));
    for (const event of verdict.events) this.#take(event);
    for (const line of this.#lines.end()) this.#write(line);
    await this.spool.ready();
    return verdict;
  }

  /** Puts the last lines on disk and says what the log holds. */
  async seal(): Promise<LogSeal> {
    for (const line of this.#lines.end()) this.#write(line);
    for (const line of this.#cap.end()) this.spool.add(line);
    return this.spool.seal(this.#cap.note);
  }

  async close(): Promise<void> {
    await this.spool.close();
    await this.tape.close();
  }

  #take(event: RunEvent): void {
    if (event.kind === 'log') return this.#addPart(event);
    this.steps.put(event.step);
    this.onStep(event.step);
    if (event.step.completedAt === null) return;
    for (const line of this.#lines.end(event.step.number)) this.#write(line);
  }

  #addPart(part: Extract<RunEvent, { kind: 'log' }>): void {
    for (const line of this.#lines.push(part)) this.#write(line);
  }

  #write(line: LogLine): void {
    for (const allowed of this.#cap.push(line)) this.spool.add(allowed);
  }
}
