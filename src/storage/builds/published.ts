/** Whether every destination's tag has been moved by this build. */
export function isPublished(build: {
  readonly destinations: readonly string[];
  readonly tags_moved: readonly string[];
}): boolean {
  return build.destinations.length > 0 && build.destinations.every((ref) => build.tags_moved.includes(ref));
}
