import { KilnError } from '../errors.js';

/** A branch, a tag, a full ref (`refs/...`) or a full commit id, by git's own rules for names. */
export type GitRef = string & { readonly [brand]: true };

declare const brand: unique symbol;

const MAX_LENGTH = 255;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** git check-ref-format: these occur in no ref. */
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$/;

/** Reads a ref; raises `invalid_request` for what git would not take as one, a leading "-" above all. */
export function parseGitRef(text: string): GitRef {
  const shown = JSON.stringify(text.slice(0, 100));
  if (text.startsWith('-')) throw wrong(shown, 'it may not begin with "-"');
  if (text === '' || text === '@' || text.length > MAX_LENGTH) {
    throw wrong(shown, `it has to have 1 to ${MAX_LENGTH} characters`);
  }
  if (COMMIT.test(text.toLowerCase())) return text.toLowerCase() as GitRef;
  const parts = text.split('/');
  if (FORBIDDEN.test(text) || parts.some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    throw wrong(shown, 'git has no such names');
  }
  return text as GitRef;
}

/** Whether a ref is a full commit id (SHA-1 or SHA-256) and so can never move. */
export function isCommitId(ref: string): boolean {
  return COMMIT.test(ref);
}

/** What a ref may stand for on the server, the most likely first. A branch comes before a tag of the same name. */
export function candidateRefs(ref: GitRef): readonly string[] {
  return ref.startsWith('refs/') || ref === 'HEAD' ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
}

function wrong(shown: string, why: string): KilnError {
  return new KilnError('invalid_request', {
    message: `${shown} is no branch, tag or commit: ${why}.`,
  });
}
