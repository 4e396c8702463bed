import { secretParts } from './secret-arguments.js';

/** What the configuration of an image tells: its variables, and how its layers were made. */
export interface ToldByImage {
  /** `NAME=value`. */
  readonly envVars: readonly string[];
  /** Lines of its history; builders write arguments there with their values. */
  readonly history: readonly string[];
}

/**
 * The values that look secret in the configuration of an image, whoever has made it or its base: of ENV, and of the arguments in its history
 * (`ARG NPM_TOKEN=x`, `RUN |1 NPM_TOKEN=x /bin/sh -c npm ci`). Not of what steps say, where most such texts name files.
 */
export function secretsToldByImage({ envVars, history }: ToldByImage): string[] {
  const pairs = [...envVars, ...history.flatMap(pairsOf)].flatMap((pair) => {
    const [name, value] = cut(pair);
    return secretParts(name, value);
  });
  return [...new Set(pairs)];
}

function cut(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** `NAME=value` of a line of history. Values stand there without quotes: the next name ends one, and after the last the shell does. */
function pairsOf(line: string): string[] {
  const [, set] = /^(?:\/bin\/sh -c #\(nop\)\s+)?(?:ARG|ENV)\s+(.*)$/is.exec(line) ?? [];
  if (set !== undefined) return splitPairs(set);
  const [, count, given] = /^(?:RUN )?\|(\d+) (.*)$/s.exec(line) ?? [];
  if (given === undefined) return [];
  const pairs = splitPairs(given).slice(0, Number(count));
  const last = pairs.pop();
  return last === undefined
    ? []
    : [...pairs, last.replace(/ \/.*$/s, '').trimEnd(), last.replace(/\s.*$/s, '')];
}

function splitPairs(text: string): string[] {
  return text.split(/\s(?=[A-Za-z_]\w*=)/);
}
