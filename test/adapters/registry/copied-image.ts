import { expect } from 'vitest';
import type { ImageRegistry } from '../../../src/ports/image-registry.js';
import type { MadeImage } from './an-image.js';

/** Small chunks, so that one blob is sent in several. */
export const SMALL_LIMITS = {
  ...{ chunkBytes: 64 * 1024, parallelBlobs: 1, pauseMs: 1, maxPauseMs: 5, answerTimeoutMs: 2_000 },
};
/** Of the report on an image of two layers that a registry had nothing of. */
export const UPLOADED_ONCE = { mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 3 };

export async function expectServed(
  reader: ImageRegistry,
  repository: string,
  image: MadeImage,
): Promise<void> {
  expect((await reader.head(repository, image.digest))?.digest).toBe(image.digest);
  const inspected = await reader.inspect(repository, image.digest);
  expect(inspected.layers.map(({ digest }) => digest)).toEqual(image.layers);
}
