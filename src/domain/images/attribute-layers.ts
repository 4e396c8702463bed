import type { InspectedImage, InspectedLayer, InspectedManifest } from '../builds/outcome.js';
import type { Step } from '../builds/step-status.js';
import { isSameInstruction } from './layer-origin.js';
import { isForPlatform } from './platform.js';

/** An image and the steps that made it, each knowing of the other. */
export interface AttributedImage<M extends InspectedManifest = InspectedImage> {
  readonly image: M;
  readonly steps: readonly Step[];
}

interface StagedStep {
  readonly step: Step;
  readonly stage: string;
  readonly position: number;
}

const MAKES_LAYER = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR']);

/**
 * Finds for every layer the step that made it, from the top down, and marks what came with the base image. Whatever
 * cannot be known for certain stays null: a guess would be taken for a measurement. The image of each platform has its own steps.
 */
export function attributeLayers(image: InspectedImage, steps: readonly Step[]): AttributedImage {
  const { platformImages = [] } = image;
  if (platformImages.length === 0) return attributeManifest(image, steps);
  let told = steps;
  const images = platformImages.map((platformImage) => {
    const own = told.filter((step) => isForPlatform(step.name, platformImage.platform));
    const attributed = attributeManifest(platformImage, own);
    const byNumber = new Map(attributed.steps.map((step) => [step.number, step]));
    told = told.map((step) => byNumber.get(step.number) ?? step);
    return attributed.image;
  });
  return { image: { ...image, platformImages: images }, steps: told };
}

function attributeManifest<M extends InspectedManifest>(
  image: M,
  steps: readonly Step[],
): AttributedImage<M> {
  const chain = lastStageFirst(steps);
  const makers = new Map<number, Step>();
  let stage = chain[0]?.stage ?? null;
  let candidates = chain;
  let unknown = 0;
  for (const layer of [...image.layers].reverse()) {
    const rest = belowUnknown(candidates, stage, unknown);
    const at = rest.findIndex(
      (candidate) => candidate.stage === stage && isMaker(candidate.step, layer.createdBy),
    );
    const elsewhere =
      at !== -1 || beginsWithImage(chain, stage) ? -1 : nextStage(rest, stage, layer.createdBy);
    const found = rest[at === -1 ? elsewhere : at];
    if (found === undefined) {
      unknown += 1;
      continue;
    }
    makers.set(layer.number, found.step);
    stage = found.stage;
    candidates = rest.slice((at === -1 ? elsewhere : at) + 1);
    unknown = 0;
  }
  return {
    image: { ...image, layers: mark(image.layers, makers, chain, stage) },
    steps: withLayers(steps, image, makers),
  };
}

/**
 * The steps that can have made what lies below so many layers of which no step is known: each of those has taken one step of the stage. None
 * where it has not so many; then the base has begun.
 */
function belowUnknown(
  candidates: readonly StagedStep[],
  stage: string | null,
  unknown: number,
): readonly StagedStep[] {
  if (unknown === 0) return candidates;
  const own = candidates.filter((entry) => entry.stage === stage && MAKES_LAYER.has(typeOf(entry)));
  const last = own[unknown - 1];
  return last === undefined ? [] : candidates.slice(candidates.indexOf(last) + 1);
}

/** A stage that is built upon another stage goes on there; the next stage is the one whose step made the layer. */
function nextStage(
  candidates: readonly StagedStep[],
  stage: string | null,
  createdBy: string | null,
): number {
  const isUsedUp = !candidates.some(
    (candidate) => candidate.stage === stage && MAKES_LAYER.has(typeOf(candidate)),
  );
  return isUsedUp ? candidates.findIndex((candidate) => isMaker(candidate.step, createdBy)) : -1;
}

function mark(
  layers: readonly InspectedLayer[],
  makers: ReadonlyMap<number, Step>,
  chain: readonly StagedStep[],
  lowestStage: string | null,
): InspectedLayer[] {
  const stages = new Set([
    lowestStage,
    ...chain.filter(({ step }) => isIn(makers, step)).map(({ stage }) => stage),
  ]);
  const isExplained = chain.every(
    (entry) => !stages.has(entry.stage) || !MAKES_LAYER.has(typeOf(entry)) || isIn(makers, entry.step),
  );
  const hasBase = isExplained && chain.length > 0 && beginsWithImage(chain, lowestStage);
  return layers.map((layer) => {
    const maker = makers.get(layer.number);
    if (maker !== undefined) return { ...layer, isBaseLayer: false, stepNumber: maker.number };
    const isAboveOwn = layer.number > Math.min(...makers.keys());
    return { ...layer, isBaseLayer: isAboveOwn ? false : hasBase ? true : null, stepNumber: null };
  });
}

function withLayers(
  steps: readonly Step[],
  image: InspectedManifest,
  makers: ReadonlyMap<number, Step>,
): Step[] {
  const layerOf = new Map(
    image.layers.flatMap((layer) => {
      const maker = makers.get(layer.number);
      return maker === undefined ? [] : [[maker.number, layer] as const];
    }),
  );
  return steps.map((step) => {
    const layer = layerOf.get(step.number);
    return layer === undefined
      ? step
      : { ...step, layerDigest: layer.digest, layerSizeBytes: layer.sizeBytes };
  });
}

/** Staged steps, the last first: the stage that became the image has the highest numbers. */
function lastStageFirst(steps: readonly Step[]): StagedStep[] {
  return steps
    .flatMap((step) => {
      const match = /^\[(?:(\S.*?) +| *)(\d+)\/\d+\] /.exec(step.name);
      const isDone = step.status === 'success';
      return match !== null && isDone ? [{ step, stage: match[1] ?? '', position: Number(match[2]) }] : [];
    })
    .sort((a, b) => b.step.number - a.step.number);
}

/** Whether a stage starts from an image: its FROM is a step, or was shared with another stage and so is not listed. */
function beginsWithImage(chain: readonly StagedStep[], stage: string | null): boolean {
  const own = chain.filter((entry) => entry.stage === stage);
  return own.every(({ position }) => position > 1) || own.some((entry) => typeOf(entry) === 'FROM');
}

function isMaker(step: Step, createdBy: string | null): boolean {
  if (createdBy === null || !MAKES_LAYER.has(step.instructionType ?? '')) return false;
  return isSameInstruction(step.name.replace(/^\[[^\]]*\] /, ''), createdBy);
}

function isIn(makers: ReadonlyMap<number, Step>, step: Step): boolean {
  return [...makers.values()].some(({ number }) => number === step.number);
}

function typeOf({ step }: StagedStep): string {
  return step.instructionType ?? '';
}
