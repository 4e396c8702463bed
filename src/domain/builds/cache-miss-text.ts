import type { CacheMiss } from './cache-miss-kinds.js';

const SHORT_DIGEST = 'sha256:'.length + 12;
const SHORT_COMMIT = 12;

/** Why a step was not taken from the cache, in words that follow "ran, because". */
export function cacheMissText(miss: CacheMiss): string {
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
    case 'heredoc_changed':
      if (miss.after === null) return `a line of its here-document is gone: ${miss.before}`;
      return `a line of its here-document, ${miss.after}, ${miss.before === null ? 'is new' : `was: ${miss.before}`}`;
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
