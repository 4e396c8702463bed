const MEDIA_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** The digest that a registry without TLS serves for `repository:tag`; null when it has none. */
export async function servedDigest(reference: string): Promise<string | null> {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference)!;
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: MEDIA_TYPES.join(', ') },
  });
  return answer.headers.get('docker-content-digest');
}
