import { expect, test } from 'vitest';
import { startScanWatch } from '../../src/controller/scan-watch.js';

test('why nothing can be scanned is noted when it changes: first for want of syft, then of a scanner', async () => {
  const sbom = ['no syft', 'no syft', null, null];
  const noted: (string | null)[] = [];
  const loop = startScanWatch({
    sbomTrouble: () => Promise.resolve(sbom.shift() ?? null),
    seeScanner: () => Promise.resolve(null),
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

test('a scanner that has gone is noticed by the next look, and one that stays is not started for each', async () => {
  const places: (string | null)[] = ['/bin/grype', '/bin/grype', '/bin/grype', null];
  const noted: (string | null)[] = [];
  let started = 0;
  const loop = startScanWatch({
    sbomTrouble: () => Promise.resolve(null),
    seeScanner: () => Promise.resolve(places.shift() ?? null),
    findScanner: () => {
      if (places.length === 0) return Promise.resolve({ failureReason: 'no scanner' });
      started += 1;
      const database = { version: '1', builtAt: null };
      return Promise.resolve({
        tool: 'grype 1',
        database,
        scan: () => Promise.reject(new Error('not asked')),
      });
    },
    scans: { noteTrouble: async (trouble) => void noted.push(trouble) },
    log: { error: () => undefined },
  });
  while (places.length > 0) {
    loop.ring();
    await new Promise(setImmediate);
  }
  await loop.stop();
  expect([noted, started]).toEqual([[null, 'no scanner'], 1]);
});
