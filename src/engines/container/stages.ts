import type { StepLine } from './records.js';
import type { OpenStep } from '../output/step-list.js';

/** A stage of the Dockerfile as far as it has come. */
export interface Stage {
  /** '' for the unnamed stage of a file with one. */
  readonly name: string;
  readonly number: number | null;
  readonly total: number;
  position: number;
  /** The instruction that is being worked on; null once it has ended. */
  step: OpenStep | null;
  /** An instruction was not taken from the cache: buildah looks for none from then on. */
  hasMissed: boolean;
}

/**
 * The stages of a build. One works at a time; when an instruction needs a stage that is not built yet, its own stage waits in the middle of
 * it and the other one goes first.
 */
export class Stages {
  private readonly known = new Map<number | null, Stage>();
  private readonly waiting: Stage[] = [];
  current: Stage | null = null;

  /** A step may print lines that look like buildah's; only one that can come next is taken for it. */
  isNext({ stage, position, total }: StepLine): boolean {
    const at = this.current;
    if (at === null) return position === 1;
    const known = this.known.get(stage);
    if (known === at) return position === at.position + 1 && total === at.total;
    const goesOver = at.position === at.total || /\bfrom=/i.test(at.step?.instruction ?? '');
    if (!goesOver || stage === null || this.known.has(null)) return false;
    return known === undefined ? position === 1 : position === known.position + 1 && total === known.total;
  }

  /** Goes on to the line, and gives the steps that have ended by that. */
  advance(line: StepLine): OpenStep[] {
    const from = this.current;
    const known = this.known.get(line.stage);
    const to: Stage = known ?? {
      name: nameOf(line),
      number: line.stage,
      total: line.total,
      position: 0,
      step: null,
      hasMissed: false,
    };
    this.known.set(line.stage, to);
    const ended = [to.step];
    if (from !== null && from !== to) {
      // A stage needs only those before it.
      const isWaiting = from.position < from.total || (to.number ?? 0) < (from.number ?? 0);
      if (isWaiting && from.step !== null) this.waiting.push(from);
      else ended.unshift(from.step);
    }
    if (this.waiting.includes(to)) this.waiting.splice(this.waiting.indexOf(to), 1);
    // What was cached has ended by its mark.
    if (to.step !== null && to.step.instructionType !== 'FROM') to.hasMissed = true;
    to.position = line.position;
    this.current = to;
    return ended.filter((step) => step !== null);
  }

  /** The stage that waited for the current one, which is through; null when none did. */
  resume(): Stage | null {
    if (this.current === null || this.current.position < this.current.total) return null;
    const stage = this.waiting.pop() ?? null;
    if (stage !== null) this.current = stage;
    return stage;
  }

  /** Whether a mark of the cache now is meant for the stage that waits. */
  get isMarkOfWaiting(): boolean {
    const at = this.current;
    return at !== null && at.position === at.total && at.hasMissed && this.waiting.length > 0;
  }

  /** Of a step that has ended. */
  forget(step: OpenStep): void {
    for (const stage of this.known.values()) if (stage.step === step) stage.step = null;
  }

  /** The steps of stages that wait, and of none from then on. */
  takeWaiting(): OpenStep[] {
    return this.waiting.splice(0).flatMap(({ step }) => step ?? []);
  }
}

function nameOf({ stage, instruction }: StepLine): string {
  const named = /^FROM .*\bAS +(\S+)$/i.exec(instruction)?.[1];
  return named ?? (stage === null ? '' : `stage-${stage - 1}`);
}
