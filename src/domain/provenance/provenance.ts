import { hideInAddress } from '../network/hide-in-address.js';
import type { BuildFacts } from './build-facts.js';
import { hexOf, PREDICATE_TYPES, type ResourceDescriptor, type Statement, statementOf } from './statement.js';
import { hide, toldOptions } from './told-options.js';

/** The predicate of SLSA v1 (https://slsa.dev/spec/v1.1/provenance). */
export interface Provenance {
  readonly buildDefinition: {
    readonly buildType: string;
    readonly externalParameters: Readonly<Record<string, unknown>>;
    readonly internalParameters: Readonly<Record<string, unknown>>;
    readonly resolvedDependencies: readonly ResourceDescriptor[];
  };
  readonly runDetails: {
    readonly builder: { readonly id: string; readonly version: Readonly<Record<string, string>> };
    readonly metadata: {
      readonly invocationId: string;
      readonly startedOn?: string;
      readonly finishedOn: string;
    };
    readonly byproducts: readonly ResourceDescriptor[];
  };
}

/** What a method of Kiln does, by an address that docs/provenance.md explains. */
export function buildTypeOf(method: string): string {
  return `urn:kiln:build-type:${method}:1`;
}

/** The build of Kiln's record that a statement speaks of. */
export function invocationOf(buildId: string): string {
  return `urn:uuid:${buildId}`;
}

/** The provenance of the image that a build has made: the same facts give the same statement. */
export function provenanceOf(facts: BuildFacts): Statement<Provenance> {
  const { options, withheld } = toldOptions(facts.options, facts.hidden);
  const { method } = facts;
  const predicate: Provenance = {
    buildDefinition: {
      buildType: buildTypeOf(method),
      externalParameters: {
        source: toldSource(facts),
        method,
        options,
        withheld,
        // `default` is the network that the host gives to builds that name none.
        resources: { network: 'default', ...facts.resources },
        destinations: facts.destinations,
      },
      internalParameters: {
        project: facts.project,
        build_number: facts.buildNumber,
        attempt: facts.attempt,
        ...(facts.madeByBuildId !== facts.buildId && {
          image_made_by: invocationOf(facts.madeByBuildId),
        }),
        trust: facts.trust,
        build_timeout_milliseconds: facts.buildTimeoutMs,
      },
      resolvedDependencies: dependencies(facts),
    },
    runDetails: {
      builder: { id: facts.builderId, version: { kiln: facts.kilnVersion, ...sorted(facts.tools) } },
      metadata: {
        invocationId: invocationOf(facts.buildId),
        ...(facts.startedAt !== null && { startedOn: facts.startedAt }),
        finishedOn: facts.finishedAt,
      },
      byproducts:
        facts.log === null
          ? []
          : [{ name: 'log', digest: { sha256: facts.log.sha256 }, annotations: { lines: facts.log.lines } }],
    },
  };
  return statementOf(
    { repository: facts.repository, digest: facts.imageDigest },
    PREDICATE_TYPES.provenance,
    predicate,
  );
}

function toldSource({ source, hidden }: BuildFacts): Readonly<Record<string, unknown>> {
  if (source.kind !== 'git') return { kind: source.kind };
  const { kind, ref, folder, submodules, lfs } = source;
  return {
    kind,
    url: hiddenIn(source.url, hidden),
    ...(ref !== null && { ref: hide(ref, hidden) }),
    ...(folder !== null && { folder: hide(folder, hidden) }),
    ...{ submodules, lfs },
  };
}

/** The source first, then texts that came with the request, then images, the base first, then what ADD fetched. */
function dependencies({
  source,
  textDigests,
  usedImages,
  usedFiles,
  hidden,
}: BuildFacts): ResourceDescriptor[] {
  const texts = Object.entries(textDigests).sort(([left], [right]) => (left < right ? -1 : 1));
  return [
    ...sourceDependency(source, hidden),
    ...texts.map(([name, sha256]) => ({ name, digest: { sha256 } })),
    ...usedImages.map(({ reference, digest, isBase }) => ({
      name: isBase ? 'base image' : 'image',
      uri: `docker://${reference}`,
      ...(digest !== null && { digest: { sha256: hexOf(digest) } }),
    })),
    ...usedFiles.map(({ uri, sha256, commit }) => ({
      name: 'file',
      uri: hiddenIn(uri, hidden),
      ...(sha256 !== null && { digest: { sha256 } }),
      ...(commit !== null && { digest: { gitCommit: commit } }),
    })),
  ];
}

function sourceDependency(source: BuildFacts['source'], hidden: readonly string[]): ResourceDescriptor[] {
  switch (source.kind) {
    case 'git':
      return [
        {
          name: 'source',
          uri: `git+${hiddenIn(source.url, hidden)}${source.commit === null ? '' : `@${source.commit}`}`,
          ...(source.commit !== null && { digest: { gitCommit: source.commit } }),
        },
      ];
    case 'upload':
      return [
        {
          name: 'source',
          digest: { sha256: source.contextSha256 },
          // Nobody has seen that the folder is this commit.
          ...(source.commit !== null && { annotations: { commit_as_client_says: source.commit } }),
        },
      ];
    case 'inline':
      return [];
  }
}

function hiddenIn(address: string, hidden: readonly string[]): string {
  return hideInAddress(address, (text) => hide(text, hidden));
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}
