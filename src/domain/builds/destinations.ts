/**
 * The tags that a build of this number moves, as `repository:tag`: those that were named, else those of the project, else the
 * project's own repository. A repository of a project without a tag gets the build's number and `latest`.
 */
export function destinationsOf(
  named: readonly string[],
  project: { readonly destinations: readonly string[]; readonly imageRepository: string },
  buildNumber: number,
): string[] {
  if (named.length > 0) return [...new Set(named)];
  const defaults = project.destinations.length > 0 ? project.destinations : [project.imageRepository];
  return [...new Set(defaults.flatMap((text) => withTags(text, buildNumber)))];
}

function withTags(text: string, buildNumber: number): string[] {
  const hasTag = text.lastIndexOf(':') > text.lastIndexOf('/');
  return hasTag ? [text] : [`${text}:${buildNumber}`, `${text}:latest`];
}
