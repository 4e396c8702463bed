import { heredocsOf } from '../images/dockerfile/words.js';
import { heredocLines, settingsAbove, type BuiltDockerfile } from './settings-above.js';
import type { PlacedStep } from './step-place.js';

const VARIABLE = /\$\{?([A-Za-z_][A-Za-z0-9_]*)/g;

/**
 * Variables that COPY or ADD fills into the here-documents of a step, with those that their settings are made of; empty where it has none, quotes
 * their names, or its Dockerfile is not known.
 */
export function heredocNames(
  built: BuiltDockerfile,
  step: PlacedStep,
  steps: readonly PlacedStep[],
): ReadonlySet<string> {
  const names = new Set<string>();
  const lines = step.type === 'RUN' ? null : heredocLines(built, step, steps);
  if (lines === null || !heredocsOf(lines[0] ?? '').some(({ isExpanded }) => isExpanded)) return names;
  for (const name of mentionedIn(lines.join('\n'))) names.add(name);
  // From the last to the first: each is made of those above it.
  for (const setting of (settingsAbove(built, step, steps) ?? []).toReversed())
    if (namesSetBy(setting).some((name) => names.has(name)))
      for (const name of mentionedIn(setting)) names.add(name);
  return names;
}

/** The variables that an instruction of ENV or ARG sets: `ENV A=1 B=2`, `ENV A 1`, `ARG A`. */
export function namesSetBy(setting: string): string[] {
  const [keyword = '', ...words] = setting.split(/\s+/);
  if (keyword !== 'ENV' && keyword !== 'ARG') return [];
  const isPlain = keyword === 'ENV' && !(words[0] ?? '').includes('=');
  return (isPlain ? words.slice(0, 1) : words).map((word) => word.split('=', 1)[0] ?? '');
}

function mentionedIn(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(([, name = '']) => name);
}
