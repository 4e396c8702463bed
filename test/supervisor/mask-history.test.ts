import { expect, test } from 'vitest';
import { maskHistory } from '../../src/supervisor/outcome.js';
import { Masks } from '../../src/supervisor/masks.js';
import { anImage } from '../support/builds.js';

test('an argument in the history of an image, or of one of its platforms, is hidden, and the rest stays', () => {
  const image = anImage('a-history');
  const [layer] = image.layers;
  const told = { ...image, layers: [{ ...layer!, createdBy: 'RUN |1 NPM_TOKEN=tok-98765 /bin/sh -c make' }] };
  const masked = maskHistory({ ...told, platformImages: [told] }, new Masks([Buffer.from('tok-98765')]));
  const hidden = { ...told, layers: [{ ...layer!, createdBy: 'RUN |1 NPM_TOKEN=*** /bin/sh -c make' }] };
  expect(masked).toEqual({ ...hidden, platformImages: [hidden] });
});
