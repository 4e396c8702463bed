import { absent, anyFails, type Check, fails, holds, pending } from './checks.js';
import { isRecord } from './envelope.js';
import type { JudgedImage, RecordedBuild } from './judge-image.js';
import { buildTypeOf, invocationOf } from './provenance.js';
import type { ReadAttestation } from './read-statement.js';
import { hexOf, PREDICATE_TYPES, type Statement } from './statement.js';

type Image = JudgedImage & { readonly digest: string };

/** The questions that only a provenance answers. */
const ASKED = ['signature', 'subject', 'build', 'builder', 'source', 'materials', 'base image'] as const;

/**
 * Judges what is said of how an image came about. Of several attestations the one counts in which the fewest checks fail: others may lie
 * there that somebody else has made, or other builds of the same image.
 */
export function judgeProvenance(image: Image, attestations: readonly ReadAttestation[]): Check[] {
  const judged = attestations.map((one) => judgeOne(image, one));
  const best = judged.reduce<Check[] | null>(
    (found, one) => (found === null || countFails(one) < countFails(found) ? one : found),
    null,
  );
  if (best !== null) return best;
  if (image.isSigning)
    return [
      pending('signature', 'the provenance is being made; ask again in a moment'),
      ...notAsked('signature', 'nothing to judge yet'),
    ];
  const reason = image.builds.find(({ unsignedReason }) => unsignedReason !== null)?.unsignedReason;
  return [
    fails('signature', `no provenance lies beside the image${reason === undefined ? '' : `: ${reason}`}`),
    ...notAsked('signature', 'nothing to judge'),
  ];
}

function judgeOne(image: Image, { statement, statementSha256, key, trouble }: ReadAttestation): Check[] {
  if (trouble !== null || statement === null || key === null)
    return [fails('signature', trouble ?? 'it cannot be read'), ...notAsked('signature', 'not believed')];
  if (statement.predicateType !== PREDICATE_TYPES.provenance) {
    const text = `the predicate type ${statement.predicateType} is none that Kiln knows`;
    return [fails('signature', text), ...notAsked('signature', 'not believed')];
  }
  const signature = holds(
    'signature',
    `the provenance is signed by the key ${key.id.slice(0, 12)} of this Kiln${cosignHint(image)}`,
  );
  const subject = judgeSubject(image, statement);
  const build = findBuild(image, statement);
  if (build === null) {
    const text = `the statement is of ${invocationIn(statement) ?? 'no build'}, which has not made this image by the record`;
    return [signature, subject, fails('build', text), ...notAsked('build', 'not believed')];
  }
  return [
    signature,
    subject,
    judgeBuild(build, statementSha256),
    judgeBuilder(build, statement),
    judgeSource(build, statement),
    judgeMaterials(statement),
    judgeBase(build, statement),
  ];
}

/** The image is as good as ever; who verifies it without Kiln has to be told. */
function cosignHint({ isForCosign, digest }: Image): string {
  if (isForCosign !== false) return '';
  return `; cosign finds nothing of it: somebody has removed or replaced the tag sha256-${hexOf(digest).slice(0, 12)}….att, which another build of the image puts there again`;
}

export function judgeSubject({ digest }: Image, { subject }: Statement): Check {
  const named = subject.map(({ digest: { sha256 } }) => sha256);
  return named.includes(hexOf(digest))
    ? holds('subject', 'it speaks of this digest')
    : fails('subject', `it speaks of another image: sha256:${named[0]}`);
}

function findBuild({ builds }: Image, statement: Statement): RecordedBuild | null {
  const invocation = invocationIn(statement);
  return builds.find(({ id }) => invocationOf(id) === invocation) ?? null;
}

function judgeBuild({ name, statementSha256 }: RecordedBuild, found: string | null): Check {
  return statementSha256 !== null && statementSha256 === found
    ? holds('build', `it is what Kiln has signed for ${name}`)
    : fails('build', `it is not what Kiln has signed for ${name}`);
}

function judgeBuilder({ builderId }: RecordedBuild, statement: Statement): Check {
  const id = textAt(statement, 'runDetails', 'builder', 'id');
  const method = textAt(statement, 'buildDefinition', 'externalParameters', 'method');
  const buildType = textAt(statement, 'buildDefinition', 'buildType');
  if (id === null || id !== builderId) return fails('builder', `${id ?? 'no builder'} is not this Kiln`);
  return method !== null && buildType === buildTypeOf(method)
    ? holds('builder', `built by ${id}, method ${method}`)
    : fails(
        'builder',
        `the build type ${buildType ?? 'is missing'} does not fit the method ${method ?? '-'}`,
      );
}

function judgeSource({ commit, contextSha256 }: RecordedBuild, statement: Statement): Check {
  const source = dependenciesIn(statement).find(({ name }) => name === 'source');
  const digest = isRecord(source?.['digest']) ? source['digest'] : {};
  if (commit !== null) {
    return digest['gitCommit'] === commit
      ? holds('source', `from the commit ${commit}`)
      : fails('source', `the record has the commit ${commit}, the statement ${String(digest['gitCommit'])}`);
  }
  if (contextSha256 !== null) {
    return digest['sha256'] === contextSha256
      ? holds('source', `from the uploaded context sha256:${contextSha256.slice(0, 12)}`)
      : fails('source', 'the statement names another context than the record');
  }
  return source === undefined
    ? absent('source', 'the request held all there is to build; there is no other source')
    : fails('source', 'the statement names a source, the record none');
}

function judgeMaterials(statement: Statement): Check {
  const materials = dependenciesIn(statement);
  const loose = materials.filter(({ digest }) => !isRecord(digest) || Object.keys(digest).length === 0);
  if (materials.length === 0) return absent('materials', 'it names none');
  if (loose.length === 0) return holds('materials', `${materials.length}, each by its digest`);
  const names = loose.map(({ uri, name }) => String(uri ?? name)).join(', ');
  return absent('materials', `${materials.length}; the digest is not known of ${names}`);
}

function judgeBase({ baseImage }: RecordedBuild, statement: Statement): Check {
  const base = dependenciesIn(statement).find(({ name }) => name === 'base image');
  if (base === undefined) {
    return baseImage === null
      ? absent('base image', 'none is known')
      : fails('base image', `the record has ${baseImage.reference}, the statement none`);
  }
  const digest = isRecord(base['digest']) ? base['digest']['sha256'] : undefined;
  const uri = typeof base['uri'] === 'string' ? base['uri'] : '';
  const isRecorded = baseImage !== null && uri === `docker://${baseImage.reference}`;
  const isSame = digest === undefined || baseImage?.digest == null || hexOf(baseImage.digest) === digest;
  if (!isRecorded || !isSame)
    return fails('base image', `the statement has ${uri}, the record ${baseImage?.reference ?? 'none'}`);
  return typeof digest === 'string'
    ? holds('base image', `${baseImage.reference}@sha256:${digest.slice(0, 12)}`)
    : absent('base image', `${baseImage.reference}, whose digest is not known`);
}

function dependenciesIn(statement: Statement): Record<string, unknown>[] {
  const list = at(statement, 'buildDefinition', 'resolvedDependencies');
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function invocationIn(statement: Statement): string | null {
  return textAt(statement, 'runDetails', 'metadata', 'invocationId');
}

function textAt(statement: Statement, ...path: readonly string[]): string | null {
  const value = at(statement, ...path);
  return typeof value === 'string' ? value : null;
}

function at({ predicate }: Statement, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), predicate);
}

/** The checks after one that failed: what they would be about is not believed. */
function notAsked(failed: (typeof ASKED)[number], text: string): Check[] {
  return ASKED.slice(ASKED.indexOf(failed) + 1).map((name) => absent(name, text));
}

function countFails(checks: Check[]): number {
  return anyFails(checks)
    ? checks.filter(({ state }) => state === 'fails').length + absences(checks) / 100
    : 0;
}

/** What was not asked counts less than what was answered wrongly, and more than what was answered well. */
function absences(checks: readonly Check[]): number {
  return checks.filter(({ state }) => state === 'absent').length;
}
