/** A remedy with the project that it is about: commands in texts have PROJECT in its place. */
export function nameProject(text: string, project: string): string {
  return text.replace(
    /(--project|kiln projects set) PROJECT\b/g,
    (_, before: string) => `${before} ${project}`,
  );
}
