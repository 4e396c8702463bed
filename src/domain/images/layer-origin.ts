/**
 * Whether an instruction as BuildKit shows it (`RUN --mount=... make V=1`) made the layer whose history line is given
 * (`RUN |1 V=1 /bin/sh -c make V=$V # buildkit`). The shown text has variables filled in and heredocs shortened.
 */
export function isSameInstruction(shown: string, createdBy: string): boolean {
  const [type, shownText] = cutType(shown);
  const byBuildah = toldByBuildah(createdBy);
  if (byBuildah !== null) return isSameForBuildah(squeeze(shown), squeeze(byBuildah));
  const [historyType, historyText] = cutType(createdBy.replace(/ # buildkit$/, ''));
  if (type !== historyType) return false;
  const wanted = squeeze(withoutFlags(shownText));
  if (type === 'WORKDIR') return squeeze(historyText).endsWith(wanted.replace(/^\.\//, ''));
  const words = execWords(wanted);
  if (words !== null) {
    const inHistory = squeeze(
      type === 'RUN' ? withoutArguments(historyText, words) : withoutFlags(historyText),
    );
    return asPattern(inHistory).test(words);
  }
  const heredoc = /^<<-?\S+ \((.*?)(?:\.\.\.)?\)$/.exec(wanted);
  const text = squeeze(type === 'RUN' ? withoutShell(historyText) : withoutFlags(historyText));
  if (heredoc !== null) return text.startsWith(heredoc[1] ?? '');
  return asPattern(text).test(wanted);
}

/** `/bin/sh -c #(nop) WORKDIR /app` is `WORKDIR /app`, and `|1 A=1 /bin/sh -c ["make"]` is `RUN ["make"]`; null for BuildKit's lines. */
function toldByBuildah(createdBy: string): string | null {
  const [, command] = /^(?:\|\d+ .*? )?\/bin\/sh -c (.*)$/s.exec(createdBy) ?? [];
  if (command === undefined) return null;
  return command.startsWith('#(nop) ') ? command.slice('#(nop) '.length) : `RUN ${command}`;
}

/** buildah shows and keeps an instruction as it is written; of a copy it keeps a digest and where it went: `COPY file:4f2a in /app`. */
function isSameForBuildah(shown: string, told: string): boolean {
  const [, type, place] = /^(COPY|ADD) \S* ?in (\S+)$/.exec(told) ?? [];
  if (type === undefined || place === undefined) return cutType(shown).join(' ') === cutType(told).join(' ');
  const [shownType, shownText] = cutType(shown);
  const words = execWords(withoutFlags(shownText)) ?? shownText;
  return type === shownType && words.endsWith(` ${place}`);
}

function cutType(text: string): [string, string] {
  const [, type = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*)$/s.exec(text) ?? [];
  return [type.toUpperCase(), rest];
}

function withoutFlags(text: string): string {
  return text.replace(/^(?:--[a-z]+(?:=(?:"[^"]*"|\S)*)?\s+)+/, '');
}

/** `["/bin/sh", "-c", "make"]` is `/bin/sh -c make` in the history; null for what is not in the exec form. */
function execWords(text: string): string | null {
  if (!text.startsWith('[')) return null;
  try {
    const words: unknown = JSON.parse(text);
    const isExec = Array.isArray(words) && words.every((word) => typeof word === 'string');
    return isExec ? squeeze(words.join(' ')) : null;
  } catch {
    return null;
  }
}

/** Build arguments come first, whose values may have any words: what counts is as many words at the end as the instruction has. */
function withoutArguments(text: string, words: string): string {
  if (!/^\|\d+ /.test(text)) return text;
  return squeeze(text).split(' ').slice(-words.split(' ').length).join(' ');
}

/** `|2 A=1 B=2 /bin/bash -o pipefail -c make` is `make`: build arguments and the shell come first. */
function withoutShell(text: string): string {
  return text.replace(/^(?:\|\d+ .*? )?\/\S+(?: \S+)*? -\w*c /s, '');
}

/** The history keeps `$NAME` and `${NAME:-x}` where the shown text has their values. */
function asPattern(text: string): RegExp {
  const parts = text.split(/\$(?:\{[^}]*\}|\w+)/);
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*?')}$`, 's');
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
