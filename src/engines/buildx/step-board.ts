import type { StageRunName } from './order.js';
import type { VertexUpdate } from './progress.js';
import type { MaterialImage } from '../../domain/images/materials.js';
import { materialImage } from '../../domain/images/used-images.js';
import { readStepName, resolvedImage } from './step-name.js';
import { inReadingOrder } from './step-order.js';
import { StepRecord } from './step-record.js';

/**
 * All steps of a run. BuildKit announces the whole graph, sometimes over several lines, before anything of it starts:
 * announced steps wait without a number until one starts, then all that wait are numbered in reading order. A number
 * once given never changes.
 */
export class StepBoard {
  private readonly records = new Map<string, StepRecord>();
  private readonly numbered: StepRecord[] = [];
  private run: StageRunName | null = null;
  private readonly resolved = new Set<string>();
  /** Steps that an earlier run of buildctl has done: a later one, which finds them in the cache, tells nothing new. */
  private readonly done = new Set<string>();

  /** Another run of buildctl begins: what has been done is done. Gives the steps that this settles. */
  beginRun(run: StageRunName | 'image'): StepRecord[] {
    this.run = run === 'image' ? null : run;
    const ended = this.numbered.filter(({ isComplete, digest }) => isComplete && !this.done.has(digest));
    for (const record of ended) {
      record.settled = true;
      this.done.add(record.digest);
    }
    return ended;
  }

  apply(all: readonly VertexUpdate[]): StepRecord[] {
    if (this.run === null)
      for (const { name } of all) for (const image of resolvedImage(name)) this.resolved.add(image);
    const updates = all.filter(({ digest }) => !this.done.has(digest));
    if (updates.length === 0) return [];
    const touched = new Set<StepRecord>();
    const isNew = updates.some(({ digest }) => !this.records.has(digest));
    for (const update of updates) {
      const record = this.recordOf(update);
      record.apply(update);
      touched.add(record);
    }
    if ([...touched].some((record) => record.number === null && record.isStarted))
      this.numberWaiting(touched);
    this.settle(touched, isNew);
    return [...touched].filter(({ number }) => number !== null).sort(byNumber);
  }

  /**
   * The images that BuildKit has resolved for the image itself, by the names that it gives its own work: what steps print comes beside
   * those, and never as one.
   */
  images(): MaterialImage[] {
    return [...this.resolved].flatMap((name) => materialImage(name, null) ?? []);
  }

  find(digest: string): StepRecord | null {
    return this.records.get(digest) ?? null;
  }

  /** At the end of the run: what never started gets its number too. */
  finish(): StepRecord[] {
    this.numberWaiting(new Set());
    return [...this.numbered];
  }

  /** The step that made the build fail; null when none did. */
  firstFailed(): StepRecord | null {
    return this.numbered.find((record) => record.hasFailed) ?? null;
  }

  /** Whether BuildKit came so far that it planned an instruction of the Dockerfile. */
  hasInstructions(): boolean {
    return [...this.records.values()].some(({ parsed }) => parsed.instructionType !== null);
  }

  private recordOf(update: VertexUpdate): StepRecord {
    const known = this.records.get(update.digest);
    if (known !== undefined) return known;
    const record = new StepRecord({ ...update, name: nameIn(this.run, update.name) });
    this.records.set(update.digest, record);
    return record;
  }

  private numberWaiting(touched: Set<StepRecord>): void {
    const waiting = [...this.records.values()].filter(({ number }) => number === null);
    for (const record of inReadingOrder(waiting)) {
      record.number = this.numbered.push(record);
      touched.add(record);
    }
  }

  /** A step that may start again is done when a step that needs it goes on, or, needed by none, when a new step comes. */
  private settle(touched: Set<StepRecord>, hasNewStep: boolean): void {
    const open = this.numbered.filter((record) => record.isComplete && !record.settled);
    for (const record of open) {
      const dependents = [...this.records.values()].filter(({ inputs }) => inputs.includes(record.digest));
      const goesOn =
        dependents.length === 0 ? hasNewStep && !touched.has(record) : dependents.some((d) => d.isStarted);
      if (!goesOn) continue;
      record.settled = true;
      touched.add(record);
    }
  }
}

/** BuildKit's own work says nothing of the stage that it is done for. */
function nameIn(run: StageRunName | null, name: string): string {
  return run === null || readStepName(name).stage !== null ? name : `${name} (${run})`;
}

function byNumber(a: StepRecord, b: StepRecord): number {
  return (a.number ?? 0) - (b.number ?? 0);
}
