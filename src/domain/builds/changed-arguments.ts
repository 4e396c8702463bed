import { hasPartsInOrder } from '../parts-in-order.js';

interface WithArguments {
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** Names of the build arguments that have another value, came or went. */
export function changedArguments(now: WithArguments, before: WithArguments): string[] {
  const names = [...new Set([...Object.keys(now.buildArgs), ...Object.keys(before.buildArgs)])];
  return names.filter((name) => now.buildArgs[name] !== before.buildArgs[name]).sort();
}

/** Whether another text is the same but for what stands where the values of these arguments do: a builder shows them filled in. */
export function differsByValues(
  text: string,
  other: string,
  names: readonly string[],
  { buildArgs }: WithArguments,
): boolean {
  let parts = [text];
  for (const value of names.flatMap((name) => buildArgs[name] || []))
    parts = parts.flatMap((part) => part.split(value));
  return parts.length > 1 && hasPartsInOrder(other, parts);
}
