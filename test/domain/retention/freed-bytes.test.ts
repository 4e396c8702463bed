import { expect, test } from 'vitest';
import { freedBytes, type LayerOfImage } from '../../../src/domain/retention/freed-bytes.js';

const layer = (imageId: string, digest: string, sizeBytes: number, isShared = false): LayerOfImage => ({
  ...{ imageId, digest, sizeBytes, isShared },
});

test('a layer of several images that go is freed once, and one that another image has stays', () => {
  const images = ['a', 'b'].map((imageId) => ({ imageId, repositories: ['r.test/app'] }));
  const layers = [
    layer('a', 'base', 100, true),
    layer('a', 'x', 10),
    layer('b', 'x', 10),
    layer('b', 'y', 1),
  ];
  expect(freedBytes(images, layers)).toEqual({ freedBytes: 11, sharedBytes: 100 });
});

test('a layer is freed on each registry that its image goes from, once for all repositories there', () => {
  const repositories = ['r.test/app', 'r.test/other', 's.test/app'];
  expect(freedBytes([{ imageId: 'a', repositories }], [layer('a', 'x', 10)]).freedBytes).toBe(20);
  expect(freedBytes([{ imageId: 'a', repositories: [] }], [layer('a', 'x', 10)]).freedBytes).toBe(0);
});
