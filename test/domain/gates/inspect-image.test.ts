import { expect, test } from 'vitest';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import { changedGate, type GateChange } from '../../../src/domain/gates/gate-policy.js';
import { inspectImage, type ServedImage } from '../../../src/domain/gates/inspect-image.js';
import { anImage } from '../../support/builds.js';

const gate = (change: GateChange) => changedGate(null, { kind: 'inspection', ...change });
const sized = (compressedSizeBytes: number): InspectedImage => ({ ...anImage('app'), compressedSizeBytes });
const serving = (compressedSizeBytes: number | null): ServedImage => ({
  destination: 'r.example/app:latest',
  compressedSizeBytes,
  trouble: null,
});

test('an image of exactly the greatest size passes, one byte more is found', () => {
  const rules = gate({ max_compressed_bytes: 1_000_000 });
  expect(inspectImage(rules, sized(1_000_000), [])).toEqual([]);
  expect(inspectImage(rules, sized(2_000_000), [])).toEqual([
    'the image is 2.0 MB compressed, more than 1.0 MB',
  ]);
});

test('growth is measured against what each destination serves', () => {
  const rules = gate({ max_growth_percent: 20 });
  expect(inspectImage(rules, sized(1_200), [serving(1_000)])).toEqual([]);
  expect(inspectImage(rules, sized(1_250), [serving(1_000)])).toEqual([
    'the image has grown by 25 % over what r.example/app:latest serves (1.0 kB to 1.3 kB compressed), more than 20 %',
  ]);
});

test('a destination that serves nothing yet has nothing to grow over', () => {
  expect(inspectImage(gate({ max_growth_percent: 0 }), sized(5), [serving(null)])).toEqual([]);
});

test('what a destination serves and cannot be read counts as found', () => {
  const served = { ...serving(null), trouble: 'The registry does not answer.' };
  expect(inspectImage(gate({ max_growth_percent: 10 }), sized(5), [served])).toEqual([
    'how much the image has grown is not known: what r.example/app:latest serves could not be read (The registry does not answer.)',
  ]);
});

test.each([
  [null, true],
  ['root', true],
  ['0', true],
  ['00:1000', true],
  ['+0', true],
  ['root:root', true],
  ['1000', false],
  ['app:0', false],
  ['toor', false],
  [undefined, true],
])('an image with the user %s counts as run by root, or not known: %s', (user, isFound) => {
  const found = inspectImage(gate({ refuse_root: true }), { ...anImage('app'), platform: null, user }, []);
  expect(found.length).toBe(isFound ? 1 : 0);
});

test('each platform of an index is looked at', () => {
  const one = { ...anImage('app'), user: 'app' };
  const other = { ...anImage('app'), user: null, platform: 'linux/arm64' };
  expect(inspectImage(gate({ refuse_root: true }), { ...one, platformImages: [one, other] }, [])).toEqual([
    'the image for linux/arm64 runs as root: it sets no user',
  ]);
});

test('a gate that is changed keeps what is not named', () => {
  const before = gate({ by_other: true, max_growth_percent: 5 });
  expect(changedGate(before, { expiry_seconds: 3600, max_growth_percent: null })).toEqual({
    kind: 'inspection',
    expiry_seconds: 3600,
    by_other: true,
    max_compressed_bytes: null,
    max_growth_percent: null,
    refuse_root: false,
    fail_on_severity: null,
    hold_on_severity: null,
  });
});

test('a new gate has to say of which kind it is', () => {
  expect(() => changedGate(null, { by_other: true })).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});
