/** What stands at the end of a text that was cut short. Whoever hides secrets takes what stands before it for the beginning of one (`maskMessage`). */
export const CUT = '...';

/** The beginning of what another program said, at most `max` characters long, with CUT where something is left out. */
export function excerpt(text: string, max: number): string {
  if (text.length <= max) return text;
  // No half of a pair: a secret would not be found by it.
  return `${text.slice(0, max - CUT.length).replace(/[\ud800-\udbff]$/, '')}${CUT}`;
}
