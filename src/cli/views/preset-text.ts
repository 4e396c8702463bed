/** What a preset says, one value a line: `options.target_stage: web`. Empty for one that says nothing. */
export function presetText(preset: Readonly<Record<string, unknown>>): string {
  return Object.entries(preset)
    .filter(([name, value]) => name !== 'priority' || value !== 0)
    .flatMap(([name, value]) => valueLines(name, value))
    .join('\n');
}

function valueLines(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => valueLines(name, one));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, one]) => valueLines(`${name}.${key}`, one));
  }
  return [`${name}: ${String(value).replaceAll('\n', '\\n')}`];
}
