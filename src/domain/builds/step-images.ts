import { materialImage } from '../images/used-images.js';

/** Words of builders: `[build 1/3] FROM --platform=x image AS build` (buildx, container), `FROM image` (kaniko). */
const FROM = /^(?:\[[^\]]*\] )?FROM (?:--platform=\S+ )?(\S+)(?: AS (\S+))?/i;

/**
 * The images that steps name, with the digests that stand there; each once, without names of stages. What a step prints can look like
 * a step: this explains a build to people and proves nothing.
 */
export function stepImages(
  steps: readonly { readonly name: string }[],
): { readonly reference: string; readonly digest: string | null }[] {
  const stages = new Set<string>();
  const found = new Map<string, string | null>();
  for (const { name } of steps) {
    const [, word, alias] = FROM.exec(name) ?? [];
    if (word === undefined) continue;
    const isStage = stages.has(word.toLowerCase());
    if (alias !== undefined) stages.add(alias.toLowerCase());
    // A bare word may be a stage that the builder has not introduced.
    const image = isStage || !/[/:@]/.test(word) ? null : materialImage(word, null);
    if (image !== null) found.set(image.reference, found.get(image.reference) ?? image.digest);
  }
  return [...found].map(([reference, digest]) => ({ reference, digest }));
}
