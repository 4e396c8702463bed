import type { CacheMiss } from './cache-miss-kinds.js';

const SHORT_DIGEST = 'sha256:'.length + 12;
const SHORT_COMMIT = 12;

/** Why a step was not taken from the cache, in words that follow "ran, because". */
export function cacheMissText({ also = [], ...first }: CacheMiss): string {
  return [first, ...also].map(textOf).join('; and ');
}

function textOf(miss: CacheMiss): string {
  switch (miss.kind) {
    case 'first_build':
      return 'no build before it has built this';
    case 'cache_off':
      return 'the cache is off for this build';
    case 'new_instruction':
      return 'the instruction is new';
    case 'not_built_before':
      return 'the build before it did not finish it';
    case 'instruction_changed':
      return `the instruction was: ${miss.before}`;
    case 'instruction_moved':
      return 'the instruction stands at another place';
    case 'heredoc_changed':
      return heredocText(miss.before, miss.after);
    case 'setting_changed':
      if (miss.after === null) return `an instruction above it is gone: ${miss.before}`;
      return `${miss.after}, above it, ${miss.before === null ? 'is new' : `was: ${miss.before}`}`;
    case 'setting_moved':
      return `${miss.setting}, above it, stands at another place`;
    case 'network_changed':
      return `the network of RUN steps (resources.network) is another one: ${miss.before} before, ${miss.after} now`;
    case 'build_arguments_changed':
      return `${miss.names.length === 1 ? 'a build argument has' : 'build arguments have'} another value: ${miss.names.join(', ')}`;
    case 'base_image_moved':
      return `${miss.reference} is another image: ${miss.before.slice(0, SHORT_DIGEST)} before, ${miss.after.slice(0, SHORT_DIGEST)} now`;
    case 'files_changed': {
      const more = miss.count - miss.paths.length;
      return `files differ: ${miss.paths.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    }
    case 'commit_changed':
      return `the commit is another one: ${miss.before.slice(0, SHORT_COMMIT)} before, ${miss.after.slice(0, SHORT_COMMIT)} now`;
    case 'earlier_step':
      return `step ${miss.stepNumber}, which it builds upon, ran`;
    case 'other_host':
      return `another build host has the cache: ${miss.before} before, ${miss.after} now`;
    case 'unknown':
      return 'nothing that Kiln knows of differs: the cache of the builder may have been cleared';
  }
}

function heredocText(before: string | null, after: string | null): string {
  if (after === null) return `a line of its here-document is gone: ${lineText(before)}`;
  if (before === null) return `a line of its here-document, ${lineText(after)}, is new`;
  if (bare(before) === bare(after))
    return `the white space of a line of its here-document is another: ${withMarks(after)} was ${withMarks(before)}`;
  return `a line of its here-document, ${lineText(after)}, was: ${lineText(before)}`;
}

function lineText(line: string | null): string {
  return line === null || line.trim() === '' ? 'an empty one' : line;
}

function bare(line: string): string {
  return line.replace(/\s+/g, '');
}

/** Shows white space, which would be lost on its way to a screen. */
function withMarks(line: string): string {
  return `"${line.replaceAll('\t', '→').replaceAll(/\s/g, '·')}"`;
}
