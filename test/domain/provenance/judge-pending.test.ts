import { allHold, anyFails, type Check } from '../../../src/domain/provenance/checks.js';
import { envelope, failing, judge, key, sbom } from './a-judged-image.js';
import { signedBy } from './signing.js';

describe('of an image of which something is being made', () => {
  const pending = (checks: readonly Check[]): string[] =>
    checks.filter(({ state }) => state === 'pending').map(({ name, text }) => `${name}: ${text}`);
  const unsigned = { attestations: [], sbomStatements: [], isSignatureRecorded: false, isImageSigned: null };

  test('nothing fails that is about to be there, and the image does not hold yet', () => {
    const checks = judge({ ...unsigned, isSigning: true, isSbomAwaited: true });
    expect(pending(checks)).toEqual([
      'signature: the provenance is being made; ask again in a moment',
      'sbom: it is being made; ask again in a moment',
      'image signature: the signature is being made; ask again in a moment',
    ]);
    expect([anyFails(checks), allHold(checks)]).toEqual([false, false]);
  });

  test('a bill of materials that is signed and not sent yet is pending', () => {
    expect(pending(judge({ attestations: [envelope, signedBy(key, sbom)], isSigning: true }))).toEqual([
      'sbom: it is being made; ask again in a moment',
    ]);
  });

  test('what Kiln has signed and somebody took away fails whatever is awaited', () => {
    const checks = judge({ attestations: [envelope], isSbomAwaited: true, isImageSigned: null });
    expect(failing(checks).map((text) => text.split(':')[0])).toEqual(['sbom', 'image signature']);
  });

  test('what is there holds', () => {
    expect(allHold(judge({ isSigning: true, isSbomAwaited: true }))).toBe(true);
  });
});

test('a signature by an earlier key holds, and is told to be one', () => {
  expect(judge({ isSignedByCurrentKey: false }).at(-1)).toMatchObject({
    state: 'holds',
    text: expect.stringContaining('signed by an earlier key of this Kiln'),
  });
});
