/** Where every attempt leaves its image before anything is published: beside the project's own repository, on the same registry. */
export function stagingRepository(imageRepository: string): string {
  return `${imageRepository}-staging`;
}

/** The tag of one attempt in the staging repository. */
export function stagingTag(buildId: string, attempt: number): string {
  return `${buildId}-${attempt}`;
}

/** The build that a tag of a staging repository belongs to; null for a tag that no attempt has made. */
export function buildOfStagingTag(tag: string): string | null {
  return /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[1-9]\d*$/.exec(tag)?.[1] ?? null;
}

/** Splits `repository:tag`; the port of a registry (`host:5000/path`) is not a tag. */
export function splitDestination(destination: string): { repository: string; tag: string } {
  const colon = destination.lastIndexOf(':');
  if (colon <= destination.lastIndexOf('/')) return { repository: destination, tag: 'latest' };
  return { repository: destination.slice(0, colon), tag: destination.slice(colon + 1) };
}
