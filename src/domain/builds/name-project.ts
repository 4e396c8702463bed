/**
 * A remedy with the project, and where given the build, that it is about: commands in texts have PROJECT and BUILD in their places.
 */
export function nameProject(text: string, project: string, buildNumber?: number): string {
  const named = text.replace(
    /(--project|kiln projects set|kiln images prune) PROJECT\b/g,
    (_, before: string) => `${before} ${project}`,
  );
  if (buildNumber === undefined) return named;
  return named.replace(/(kiln \w+) BUILD\b/g, (_, before: string) => `${before} ${project}#${buildNumber}`);
}
