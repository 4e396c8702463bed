/** The digest that one of the outputs of a plan holds; null where none holds one. */
export function digestIn(
  outputs: Readonly<Record<string, string | null>>,
  paths: readonly string[],
): string | null {
  const found = paths.map((path) => outputs[path]?.trim()).find((text) => text !== undefined);
  return found !== undefined && /^sha256:[0-9a-f]{64}$/.test(found) ? found : null;
}
