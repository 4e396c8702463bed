import { KilnError } from '../errors.js';

/**
 * An image reference by the published grammar (distribution/reference): `[domain/]path[:tag][@digest]`. Only
 * `parseReference` and its relatives make one, so a value of this type is safe in an argv and in a registry URL.
 */
export interface ImageReference {
  /** Host with optional port as it was written; null where the reference has none (Docker Hub). */
  readonly domain: string | null;
  readonly path: string;
  readonly tag: string | null;
  readonly digest: string | null;
  readonly [brand]: true;
}

declare const brand: unique symbol;

const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(
  `^(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?$`,
);
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const SHA256 = /^sha256:[0-9a-f]{64}$/;
const BARE_ID = /^[0-9a-f]{64}$/;
const MAX_NAME_LENGTH = 255;

/** Reads a reference; raises `invalid_request` that says which part is wrong. Docker Hub defaults are not filled in. */
export function parseReference(text: string): ImageReference {
  const [beforeDigest, digest] = cutLast(text, '@');
  const lastSlash = beforeDigest.lastIndexOf('/');
  const colon = beforeDigest.indexOf(':', lastSlash + 1);
  const name = colon === -1 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon === -1 ? null : beforeDigest.slice(colon + 1);
  const { domain, path } = splitName(name);
  if (name.length > MAX_NAME_LENGTH)
    throw invalid(text, `its name is longer than ${MAX_NAME_LENGTH} characters`);
  if (domain !== null && !DOMAIN.test(domain))
    throw invalid(text, 'its host is not a host name with optional port');
  if (!PATH.test(path) || (domain === null && BARE_ID.test(path))) {
    throw invalid(text, 'its repository is not made of lower-case letters, digits and single separators');
  }
  if (tag !== null && !TAG.test(tag)) throw invalid(text, 'its tag has characters that tags do not allow');
  if (digest !== null && !isDigest(digest)) throw invalid(text, 'its digest is not a known digest');
  return { domain, path, tag, digest } as ImageReference;
}

/** The text of a reference; parsing it gives an equal reference. */
export function printReference(reference: ImageReference): string {
  const tag = reference.tag === null ? '' : `:${reference.tag}`;
  const digest = reference.digest === null ? '' : `@${reference.digest}`;
  return `${printRepository(reference)}${tag}${digest}`;
}

/** The reference without tag and digest. */
export function printRepository(reference: ImageReference): string {
  return reference.domain === null ? reference.path : `${reference.domain}/${reference.path}`;
}

/** Reads `host[:port]/path`; raises `invalid_request` for a tag, a digest or a missing host. */
export function parseRepository(text: string): ImageReference & { readonly domain: string } {
  const reference = parseReference(text);
  const { domain } = reference;
  if (domain === null)
    throw invalid(text, 'it names no registry; write host/path, such as localhost:5000/team/app');
  if (reference.tag !== null || reference.digest !== null) {
    throw invalid(text, 'a repository has neither tag nor digest');
  }
  return { ...reference, domain };
}

/** Whether a text is a digest; sha256 must have its 64 lower-case hex digits. */
export function isDigest(text: string): boolean {
  return text.startsWith('sha256:') ? SHA256.test(text) : DIGEST.test(text);
}

/** Whether a text may be a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The first component is a host when it looks like one: a dot, a port, upper case, or `localhost`. */
function splitName(name: string): { domain: string | null; path: string } {
  const slash = name.indexOf('/');
  if (slash === -1) return { domain: null, path: name };
  const first = name.slice(0, slash);
  const isHost = /[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  return isHost ? { domain: first, path: name.slice(slash + 1) } : { domain: null, path: name };
}

function cutLast(text: string, separator: string): [string, string | null] {
  const at = text.lastIndexOf(separator);
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(text: string, why: string): KilnError {
  const shown = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
  return new KilnError('invalid_request', { message: `${shown} is not an image reference: ${why}.` });
}
