import { KilnError } from '../../domain/errors.js';
import { isTag } from '../../domain/images/reference.js';
import { parseNetwork } from '../../domain/network/cidr.js';
import type { CredentialSource, ImageRegistry, Repository } from '../../ports/image-registry.js';
import { readDiffIds } from './diff-ids.js';
import { discard } from './bodies.js';
import { RegistryClient, type RegistryWait } from './client.js';
import { copyImage, putManifest } from './copy.js';
import { inspectImage } from './inspect.js';
import { REGISTRY_LIMITS, type RegistryLimits } from './limits.js';
import { openTransport, type RegistryTransport } from './transport.js';
import type { ServedManifest } from './manifest.js';
import { listTags } from './list-tags.js';
import { expectDigest, getManifest, headManifest } from './read.js';
import { readBlob } from './read-blob.js';
import { removeManifest } from './remove.js';
import { taggedManifests } from './tagged.js';

const THIS_MACHINE = {
  allowedNetworks: ['127.0.0.0/8', '::1'].flatMap((text) => parseNetwork(text) ?? []),
};

export interface ImageRegistryOptions {
  /** Public hosts and this machine's own registries when absent; a process gives what its operator permits. */
  readonly transport?: RegistryTransport;
  /** Asked for each time a registry wants credentials; nothing is kept but short-lived tokens. */
  readonly credentials?: CredentialSource;
  readonly limits?: Partial<RegistryLimits>;
  /** Told each time a request is to be sent again after a pause. */
  readonly onWait?: (wait: RegistryWait) => void;
}

/** Registries that follow the OCI distribution specification 1.1, over HTTP. */
export function createImageRegistry(options: ImageRegistryOptions = {}): ImageRegistry {
  const limits = { ...REGISTRY_LIMITS, ...options.limits };
  const credentials = options.credentials ?? (() => Promise.resolve(null));
  const transport = options.transport ?? openTransport(THIS_MACHINE);
  const client = new RegistryClient(transport, credentials, limits, options.onWait);
  return {
    head: (repository, reference, signal) => headManifest(client, repository, reference, signal),
    inspect: (repository, digest, signal) => inspectImage(client, repository, digest, signal),
    copy: (from, to, digest, signal, onProgress, { alsoAt = [], uploads } = {}) =>
      copyImage(client, { from, to, alsoAt, uploads }, digest, signal, onProgress),
    diffIds: (repository, reference, query, signal) =>
      readDiffIds(client, repository, reference, query, signal),
    readBlob: (repository, digest, signal) => readBlob(client, repository, digest, signal),
    tag: (repository, digest, tag, signal) => moveTag(client, repository, digest, tag, signal),
    tagged: (repository, signal) => taggedManifests(client, repository, signal),
    remove: (repository, digest, signal) => removeManifest(client, repository, digest, signal),
    tags: (repository, signal) => listTags(client, repository, signal),
    untag: (repository, tag, signal) => removeTag(client, repository, tag, signal),
  };
}

async function moveTag(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  tag: string,
  signal?: AbortSignal,
): Promise<void> {
  const manifest = await getManifest(client, repository, digest, signal);
  await requireParts(client, repository, manifest, signal);
  await putManifest(client, repository, checkedTag(tag), manifest, signal);
  const head = await headManifest(client, repository, tag, signal);
  expectDigest(head?.digest ?? 'nothing', digest, `${repository}:${tag}`);
}

/** The images of an index that a repository has lost make it one that nobody can pull. */
async function requireParts(
  client: RegistryClient,
  repository: Repository,
  { content }: ServedManifest,
  signal?: AbortSignal,
): Promise<void> {
  for (const { digest } of 'index' in content ? content.index.manifests : []) {
    if ((await headManifest(client, repository, digest, signal)) === null)
      throw new KilnError('not_found', { message: `${repository} does not hold ${digest}.` });
  }
}

/** A registry that cannot remove a tag answers 400 or 405; what counts is whether the tag is still there. */
async function removeTag(
  client: RegistryClient,
  repository: Repository,
  tag: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const response = await client.send({
    method: 'DELETE',
    repository,
    target: `manifests/${checkedTag(tag)}`,
    actions: 'pull,push,delete',
    expect: [200, 202, 204, 400, 404, 405],
    doing: `the removal of the tag ${tag} of ${repository}`,
    signal,
  });
  await discard(response);
  return (await headManifest(client, repository, tag, signal)) === null;
}

function checkedTag(tag: string): string {
  if (isTag(tag)) return tag;
  throw new KilnError('invalid_request', {
    message: `${JSON.stringify(tag.slice(0, 200))} cannot be a tag.`,
  });
}
