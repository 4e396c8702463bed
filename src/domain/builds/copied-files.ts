/** What an instruction takes from the build context, and from which stage or image it copies, if from one. */
export interface CopySources {
  /** Patterns relative to the context; null where nothing of the context is used. */
  readonly patterns: readonly string[] | null;
  readonly from: string | null;
}

const FLAGS = /^(?:--[a-z-]+(?:=(?:"[^"]*"|[^\s"])*)?\s+)*/;

/** What COPY, ADD, or RUN with a bind mount, as a builder shows it, reads besides the image so far. */
export function copySources(text: string): CopySources {
  const [, type = '', rest = ''] = /^(\w+)\s+(.*)$/s.exec(text) ?? [];
  const [flags = ''] = FLAGS.exec(rest) ?? [];
  if (/^run$/i.test(type)) return mountedSources(flags);
  if (!/^(?:copy|add)$/i.test(type)) return { patterns: null, from: null };
  const [, from = null] = /(?:^|\s)--from=(\S+)/.exec(flags) ?? [];
  if (from !== null) return { patterns: null, from };
  const words = wordsOf(rest.slice(flags.length)).slice(0, -1);
  const local = words.filter((word) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(word) && !word.startsWith('<<'));
  return { patterns: local.length === 0 ? null : local.map(clean), from: null };
}

/** The paths of a context that a pattern takes, and all that is below them. */
export function isTaken(path: string, pattern: string): boolean {
  if (pattern === '') return true;
  const parts = path.split('/');
  const wanted = pattern.split('/');
  return wanted.length <= parts.length && wanted.every((part, at) => fits(part, parts[at] ?? ''));
}

/** A bind mount without `from` shows the context, from its `source` on. */
function mountedSources(flags: string): CopySources {
  const patterns: string[] = [];
  let from: string | null = null;
  for (const [, mount = ''] of flags.matchAll(/--mount=(\S+)/g)) {
    const fields = new Map(
      mount.split(',').map((field) => {
        const [name = '', value = ''] = field.split('=', 2);
        return [name, value] as const;
      }),
    );
    if ((fields.get('type') ?? 'bind') !== 'bind') continue;
    const stage = fields.get('from');
    if (stage === undefined) patterns.push(clean(fields.get('source') ?? fields.get('src') ?? '.'));
    else from = stage;
  }
  return { patterns: patterns.length === 0 ? null : patterns, from };
}

function wordsOf(text: string): string[] {
  if (text.startsWith('[')) {
    try {
      const words: unknown = JSON.parse(text);
      if (Array.isArray(words)) return words.map(String);
    } catch {
      // A name may begin with a bracket.
    }
  }
  return text.split(/\s+/).filter((word) => word !== '');
}

function clean(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** `*` is any text and `?` any character; a class of characters is taken for one of them. Time grows with the product of both lengths. */
function fits(pattern: string, text: string): boolean {
  const wanted = pattern.replaceAll(/\[[^\]]+\]/g, '?');
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let index = 0; index < text.length;) {
    if (wanted[at] === '*') {
      star = at;
      retry = index;
      at += 1;
    } else if (wanted[at] === '?' || wanted[at] === text[index]) {
      at += 1;
      index += 1;
    } else if (star !== -1) {
      at = star + 1;
      retry += 1;
      index = retry;
    } else return false;
  }
  return /^\**$/.test(wanted.slice(at));
}
