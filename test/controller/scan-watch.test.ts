import { expect, test } from 'vitest';
import { startScanWatch } from '../../src/controller/scan-watch.js';

test('why nothing can be scanned is noted when it changes: first for want of syft, then of a scanner', async () => {
  const sbom = ['no syft', 'no syft', null, null];
  const noted: (string | null)[] = [];
  const loop = startScanWatch({
    sbomTrouble: () => Promise.resolve(sbom.shift() ?? null),
    findScanner: () => Promise.resolve({ failureReason: 'no scanner' }),
    scans: { noteTrouble: async (trouble) => void noted.push(trouble) },
    log: { error: () => undefined },
  });
  while (sbom.length > 0) {
    loop.ring();
    await new Promise(setImmediate);
  }
  await loop.stop();
  expect(noted).toEqual(['no syft', 'no scanner']);
});
