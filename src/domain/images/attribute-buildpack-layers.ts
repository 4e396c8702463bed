import type { InspectedImage } from '../builds/outcome.js';
import type { Step } from '../builds/step-status.js';
import type { AttributedImage } from './attribute-layers.js';

/** The history lines of layers that the lifecycle itself makes, and what it calls them while it does. */
const OWN_LAYERS: Readonly<Record<string, string>> = {
  'Software Bill-of-Materials': 'buildpacksio/lifecycle:launch.sbom',
  'Application Layer': 'application',
  'Buildpacks Application Launcher': 'buildpacksio/lifecycle:launcher',
  'Buildpacks Launcher Config': 'buildpacksio/lifecycle:config',
  'Buildpacks Process Types': 'buildpacksio/lifecycle:process-types',
};
const STEP = '[export] ';

/**
 * Finds for every layer that buildpacks have made the step that exported it; what lies below the first of them is the run image. Null for
 * an image whose steps export no such layers: another method has made it.
 */
export function attributeBuildpackLayers(
  image: InspectedImage,
  steps: readonly Step[],
): AttributedImage | null {
  const exports = steps.filter(({ name, status }) => name.startsWith(STEP) && status === 'success');
  if (exports.length === 0) return null;
  const made = image.layers.map(({ createdBy }) => {
    const name = exportedName(createdBy);
    return name === null ? null : (exports.find((step) => step.name === `${STEP}${name}`) ?? null);
  });
  const first = made.findIndex((step) => step !== null);
  const layers = image.layers.map((layer, index) => ({
    ...layer,
    isBaseLayer: first === -1 ? null : index < first,
    stepNumber: made[index]?.number ?? null,
  }));
  const withLayer = steps.map((step) => {
    const own = layers.filter(({ stepNumber }) => stepNumber === step.number);
    const [layer] = own;
    return layer === undefined || own.length > 1
      ? step
      : { ...step, layerDigest: layer.digest, layerSizeBytes: layer.sizeBytes };
  });
  return { image: { ...image, layers }, steps: withLayer };
}

function exportedName(createdBy: string | null): string | null {
  const [, layer, id] = /^Layer: '(.+)', Created by buildpack: (.+)@[^@]*$/.exec(createdBy ?? '') ?? [];
  return layer === undefined ? (OWN_LAYERS[createdBy ?? ''] ?? null) : `${id}:${layer}`;
}
