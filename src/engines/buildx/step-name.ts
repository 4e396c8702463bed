/**
 * What BuildKit's vertex name says: `[build 2/5] RUN make`, `[ 2/12] COPY . .`, `[internal] load .dockerignore`. In a build for several
 * platforms the stage has its platform in front: `[linux/amd64->arm64 build 2/5] RUN make` runs on amd64 for arm64.
 */
export interface StepName {
  /** Null for BuildKit's own work; '' for the unnamed stage of a file with one stage. */
  readonly stage: string | null;
  /** Position within the stage, from 1; 0 where there is no stage. */
  readonly position: number;
  readonly total: number;
  /** FROM, RUN, COPY...; null for BuildKit's own work. */
  readonly instructionType: string | null;
  /** The instruction without the stage; null for BuildKit's own work. */
  readonly instruction: string | null;
}

const STAGED = /^\[(?:(\S.*?) +| *)(\d+)\/(\d+)\] (([A-Za-z]+)\b.*)$/;
const OWN_WORK: StepName = { stage: null, position: 0, total: 0, instructionType: null, instruction: null };

/** Reads a vertex name. */
export function readStepName(name: string): StepName {
  const match = STAGED.exec(name);
  if (match === null) return OWN_WORK;
  const [, stage = '', position, total, instruction = '', type = ''] = match;
  return {
    stage,
    position: Number(position),
    total: Number(total),
    instructionType: type.toUpperCase(),
    instruction,
  };
}

/** The image, by digest, that BuildKit names where it has resolved one: `[build 1/2] FROM image:tag@sha256:...`. None for other work. */
export function resolvedImage(name: string): string[] {
  const [, image] = /^(?:\[[^\]]*\] )?FROM (\S+@sha256:[0-9a-f]{64})$/.exec(name) ?? [];
  return image === undefined ? [] : [image];
}
