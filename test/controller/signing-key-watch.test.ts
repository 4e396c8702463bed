import { expect, test } from 'vitest';
import { startSigningKeyWatch } from '../../src/controller/signing-key-watch.js';
import type { Signer } from '../../src/ports/attestations.js';

test('a key is announced when it is there, and again only when another one has taken its place', async () => {
  const keys = [null, 'a', 'a', 'b', 'b'];
  const announced: string[] = [];
  let looks = 0;
  const watch = startSigningKeyWatch({
    signer: async () => {
      const keyId = keys[looks++];
      return keyId == null ? null : ({ keyId } as Signer);
    },
    attestations: { announce: async ({ keyId }) => void announced.push(keyId) },
    log: { error: () => undefined },
  });
  while (looks < keys.length) {
    await new Promise(setImmediate);
    watch.ring();
  }
  await watch.stop();
  expect(announced).toEqual(['a', 'b']);
});
