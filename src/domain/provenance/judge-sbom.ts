import { absent, anyFails, type Check, fails, holds, pending } from './checks.js';
import type { JudgedImage, SbomKind } from './judge-image.js';
import { judgeSubject } from './judge-provenance.js';
import type { ReadAttestation } from './read-statement.js';
import { predicateKind } from './statement.js';

type Image = JudgedImage & { readonly digest: string };

const FORMATS: Readonly<Record<SbomKind, string>> = { cyclonedx: 'CycloneDX', spdx: 'SPDX' };
const KINDS = Object.keys(FORMATS) as SbomKind[];

/**
 * Judges the bills of materials beside an image: each that lies there has to be signed, for this image, and to be one that Kiln has made; and
 * of each format that Kiln has signed one has to lie there.
 */
export function judgeSbom(image: Image, attestations: readonly ReadAttestation[]): Check[] {
  const judged = attestations.map((one) => ({ kind: kindOf(one), checks: judgeOne(image, one) }));
  const failed = judged.flatMap(({ checks }) => checks.filter(({ state }) => state === 'fails'));
  const formats = KINDS.filter((kind) => judged.some((one) => one.kind === kind)).map(
    (kind) => FORMATS[kind],
  );
  const good = judged.find(({ checks }) => !anyFails(checks));
  const about = (name: Check['name'], otherwise: () => Check[]): Check[] => {
    const found = failed.find((check) => check.name === name);
    return found === undefined ? otherwise() : [found];
  };
  return [
    ...about('sbom', () => judgeMissing(image, formats)),
    ...about('sbom digest', () =>
      good === undefined ? [] : [holds('sbom digest', 'what Kiln has made of this image, and nothing else')],
    ),
  ];
}

/** Of bills of materials that are all signed. */
function judgeMissing(
  { sbomStatements, isSigning, isSbomAwaited }: Image,
  formats: readonly string[],
): Check[] {
  const missing = KINDS.filter(
    (kind) => !formats.includes(FORMATS[kind]) && sbomStatements.some((one) => one.kind === kind),
  ).map((kind) => FORMATS[kind]);
  if (missing.length > 0 ? isSigning : formats.length === 0 && isSbomAwaited)
    return [pending('sbom', 'it is being made; ask again in a moment')];
  if (missing.length > 0)
    return [fails('sbom', `Kiln has signed one in ${missing.join(' and ')}, and none lies beside the image`)];
  if (formats.length === 0) return [absent('sbom', 'none lies beside the image')];
  return [holds('sbom', `${formats.join(' and ')}, signed by a key of this Kiln`)];
}

function judgeOne(image: Image, one: ReadAttestation): Check[] {
  const { statement, statementSha256, key, trouble } = one;
  const format = FORMATS[kindOf(one)];
  if (trouble !== null || statement === null || key === null)
    return [fails('sbom', `${format}: ${trouble ?? 'it cannot be read'}`)];
  const subject = judgeSubject(image, statement);
  if (subject.state === 'fails') return [fails('sbom', `${format}: ${subject.text}`)];
  const isMade = image.sbomStatements.some(({ sha256 }) => sha256 === statementSha256);
  return isMade
    ? []
    : [fails('sbom digest', `${format}: it is not the one that Kiln has made of this image`)];
}

function kindOf({ statement }: ReadAttestation): SbomKind {
  return statement !== null && predicateKind(statement.predicateType) === 'spdx' ? 'spdx' : 'cyclonedx';
}
