/** A step of a builder that works through a Dockerfile. */
export interface StageStep {
  readonly number: number;
  readonly name: string;
  readonly type: string | null;
  readonly isCached: boolean;
  /** Whether it ran to its end, or was taken from a cache. */
  readonly isDone: boolean;
}

/** A step with its place: which stage, and which instruction of it. */
export interface PlacedStep extends StageStep {
  /** With the platform where there are several. */
  readonly stage: string;
  /** From 1 in its stage; FROM is the first where a stage begins with an image. */
  readonly position: number;
  /** The instruction as the builder shows it. */
  readonly text: string;
}

const PLACED = /^\[(?:(\S.*?) +| *)(\d+)\/\d+\] (.*)$/s;

/**
 * The steps that are instructions, stage by stage and in the order of each. Builders that number their steps (`[build 2/5] RUN ...`) say
 * so; of the others a stage begins with each FROM.
 */
export function placeSteps(steps: readonly StageStep[]): PlacedStep[] {
  let stage = 0;
  let position = 0;
  const placed = steps.flatMap((step): PlacedStep[] => {
    const [, name = '', at, text] = PLACED.exec(step.name) ?? [];
    if (text !== undefined) return [{ ...step, stage: name, position: Number(at), text }];
    if (step.type === null || step.name.startsWith('[')) return [];
    if (step.type === 'FROM') [stage, position] = [stage + 1, 0];
    position += 1;
    return [{ ...step, stage: String(stage), position, text: step.name }];
  });
  const order = [...new Set(placed.map((step) => step.stage))];
  return placed.sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage) || a.position - b.position);
}
