const MAX_LINES = 200;

/** What buildctl prints beside the progress records: the failing place of the Dockerfile and the error. */
export class PlainText {
  private kept: string[] = [];

  add(line: string): void {
    this.kept.push(line.slice(0, 8192));
    if (this.kept.length > MAX_LINES) this.kept.shift();
  }

  get lines(): readonly string[] {
    return this.kept;
  }

  /** The text after `error:`, without BuildKit's prefix; null when buildctl said nothing. */
  get error(): string | null {
    const line = this.kept.findLast((text) => /^error: /i.test(text));
    return line?.replace(/^error: (?:failed to solve: )?/i, '') ?? null;
  }

  /** `Dockerfile:3` before the excerpt; null when the error has no place. */
  get dockerfileLine(): number | null {
    const at = this.kept.findIndex(
      (text, index) => /:\d+$/.test(text) && /^-{5,}$/.test(this.kept[index + 1] ?? ''),
    );
    return at === -1 ? null : Number(/:(\d+)$/.exec(this.kept[at] ?? '')?.[1]);
  }

  /** The marked line of the excerpt. */
  get markedLine(): string | null {
    const line = this.kept.find((text) => /^\s*\d+ \| >>> /.test(text));
    return line?.replace(/^\s*\d+ \| >>> /, '').trim() ?? null;
  }
}
