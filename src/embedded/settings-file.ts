/** A setting as a line of a settings file. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  /**
   * `own` lines always get the value; `kept` ones get it unless the file sets them. An `open` one is a commented line with an example,
   * until somebody sets it; `needed` says that something is missing until then.
   */
  readonly kind: 'own' | 'kept' | 'open' | 'needed';
  /** What it is for; stands above the line. */
  readonly about?: string;
}

const HEAD =
  '# Written by `kiln setup`. Run again, it keeps what you add and set here, beyond its own lines at the beginning.';

/** A settings file with these settings in it; every other line of the one that is there (null for none) stays as it is. */
export function mergeSettings(existing: string | null, settings: readonly Setting[]): string {
  const lines = existing === null ? [HEAD] : existing.trimEnd().split(/\r?\n/);
  for (const { name, value, kind, about } of settings) {
    const isSet = lines.some((line) => isLineOf(name, line));
    const place = lines.findIndex((line) => isLineOf(name, isSet ? line : line.replace(/^\s*#\s*/, '')));
    const line = `${kind === 'open' || kind === 'needed' ? '#' : ''}${name}=${value}`;
    if (place < 0) lines.push(...(about === undefined ? [] : ['', `# ${about}`]), line);
    else if (kind === 'own') lines[place] = line;
  }
  return `${lines.join('\n')}\n`;
}

/** The needed settings that a settings file does not set. */
export function missingSettings(text: string, settings: readonly Setting[]): string[] {
  const lines = text.split('\n');
  return settings
    .filter(({ name, kind }) => kind === 'needed' && !lines.some((line) => isLineOf(name, line)))
    .map(({ name }) => name);
}

function isLineOf(name: string, line: string): boolean {
  return new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(line);
}
