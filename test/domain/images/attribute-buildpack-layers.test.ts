import { expect, test } from 'vitest';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import type { Step } from '../../../src/domain/builds/step-status.js';
import { attributeBuildpackLayers } from '../../../src/domain/images/attribute-buildpack-layers.js';

const layer = (number: number, createdBy: string) => ({
  ...{ number, createdBy, digest: `sha256:${number}`, sizeBytes: number * 10, mediaType: 'layer' },
  ...{ isBaseLayer: null, stepNumber: null },
});
const image = {
  layers: [
    layer(1, 'base'),
    layer(2, "Layer: 'site', Created by buildpack: kiln/pages@1.0.0"),
    layer(3, 'Application Layer'),
    layer(4, 'Buildpacks Process Types'),
  ],
} as unknown as InspectedImage;
const step = (number: number, name: string): Step =>
  ({ number, name, status: 'success', layerDigest: null, layerSizeBytes: null }) as Step;

test('each layer of a buildpack knows the step that exported it, and the step its layer', () => {
  const attributed = attributeBuildpackLayers(image, [
    step(1, '[build] kiln/pages@1.0.0'),
    step(2, '[export] kiln/pages:site'),
    step(3, '[export] application'),
  ]);
  expect(attributed?.image.layers.map(({ isBaseLayer, stepNumber }) => [isBaseLayer, stepNumber])).toEqual([
    [true, null],
    [false, 2],
    [false, 3],
    [false, null],
  ]);
  expect(attributed?.steps.map(({ layerDigest }) => layerDigest)).toEqual([null, 'sha256:2', 'sha256:3']);
});

test('an image that stands on one of buildpacks is not taken for one of them', () => {
  expect(attributeBuildpackLayers(image, [step(1, '[1/2] FROM app'), step(2, '[2/2] RUN make')])).toBeNull();
});
