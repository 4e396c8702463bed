import { LAYERS } from '../../src/contracts/examples/build-records.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { layerLines } from '../../src/cli/views/layer-list.js';

const canvas = { columns: Infinity, style: createStyle(false) };

describe('the list of layers', () => {
  it('of one platform does not name it', () => {
    expect(layerLines(LAYERS, canvas)[0]).toMatch(/^LAYER {2}SIZE/);
  });

  it('of several names the platform of each layer', () => {
    const ofArm = LAYERS.map((layer) => ({ ...layer, platform: 'linux/arm64' }));
    const lines = layerLines([...LAYERS, ...ofArm], canvas).map((line) => line.split(/\s+/).slice(0, 2));
    expect(lines).toEqual([
      ['PLATFORM', 'LAYER'],
      ...['linux/amd64', 'linux/arm64'].flatMap((platform) => ['1', '2'].map((layer) => [platform, layer])),
    ]);
  });
});
