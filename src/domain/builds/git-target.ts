import { parseContextPath, type ContextPath } from '../images/context-path.js';
import { parseGitRef, type GitRef } from './git-ref.js';
import { parseGitUrl, type GitRemote } from './git-url.js';

/** A repository with what of it to build, as people write it in one word. */
export interface GitTarget {
  readonly remote: GitRemote;
  readonly ref: GitRef | null;
  readonly folder: ContextPath | null;
}

/** Whether a word is meant as the address of a repository and not as a path: it has a scheme, a helper's `::`, or the short form of ssh. */
export function looksLikeGitTarget(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/|:)/.test(text) || /^[^/:@]+@[^/:@]+:./.test(text);
}

/** Reads `url[#ref[:folder]]`. Raises `invalid_request` or `path_escapes_context`. */
export function parseGitTarget(text: string): GitTarget {
  const hash = text.indexOf('#');
  const remote = parseGitUrl(hash === -1 ? text : text.slice(0, hash));
  const fragment = hash === -1 ? '' : text.slice(hash + 1);
  const colon = fragment.indexOf(':');
  const ref = colon === -1 ? fragment : fragment.slice(0, colon);
  const folder = colon === -1 ? '' : fragment.slice(colon + 1);
  return {
    remote,
    ref: ref === '' ? null : parseGitRef(ref),
    folder: folder === '' ? null : parseContextPath(folder),
  };
}
