import { absent, type Check, fails, holds } from './checks.js';
import type { JudgedImage } from './judge-image.js';
import { judgeSubject } from './judge-provenance.js';
import type { ReadAttestation } from './read-statement.js';
import { predicateKind } from './statement.js';

type Image = JudgedImage & { readonly digest: string };

/** Judges the bills of materials beside an image: whoever has signed one, for which image, and whether it is the one that Kiln has made. */
export function judgeSbom(image: Image, attestations: readonly ReadAttestation[]): Check[] {
  if (attestations.length === 0) {
    return image.sbomStatements.length === 0
      ? [absent('sbom', 'none lies beside the image')]
      : [fails('sbom', 'Kiln has signed one, and none lies beside the image')];
  }
  const judged = attestations.map((one) => judgeOne(image, one));
  return judged.find((checks) => checks.every(({ state }) => state === 'holds')) ?? judged[0] ?? [];
}

function judgeOne(image: Image, { statement, statementSha256, key, trouble }: ReadAttestation): Check[] {
  if (trouble !== null || statement === null || key === null)
    return [fails('sbom', trouble ?? 'it cannot be read')];
  const subject = judgeSubject(image, statement);
  if (subject.state === 'fails') return [fails('sbom', subject.text)];
  const kind = predicateKind(statement.predicateType) === 'spdx' ? 'SPDX' : 'CycloneDX';
  const signed = holds('sbom', `${kind}, signed by the key ${key.id.slice(0, 12)} of this Kiln`);
  return [
    signed,
    statementSha256 !== null && image.sbomStatements.includes(statementSha256)
      ? holds('sbom digest', 'it is the one that Kiln has made of this image')
      : fails('sbom digest', 'it is not the one that Kiln has made of this image'),
  ];
}
