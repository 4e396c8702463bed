/** Where every attempt leaves its image before anything is published: beside the project's own repository, on the same registry. */
export function stagingRepository(imageRepository: string): string {
  return `${imageRepository}-staging`;
}

/** The tag of one attempt in the staging repository. */
export function stagingTag(buildId: string, attempt: number): string {
  return `${buildId}-${attempt}`;
}

/** Splits `repository:tag`; the port of a registry (`host:5000/path`) is not a tag. */
export function splitDestination(destination: string): { repository: string; tag: string } {
  const colon = destination.lastIndexOf(':');
  if (colon <= destination.lastIndexOf('/')) return { repository: destination, tag: 'latest' };
  return { repository: destination.slice(0, colon), tag: destination.slice(colon + 1) };
}
