import { KilnError } from '../errors.js';

const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 4096;
const MAX_LINKS = 40;
/** What all links of a context may cost to follow: a second or two, and more than what 200 000 usual links take. */
const MAX_WORK = 100_000_000;
const WORK_OF_STEP = 10;

const utf8 = new TextEncoder();

/**
 * The parts of an entry's name inside the context; empty for the context itself. Raises `path_escapes_context` for
 * absolute names and `..`, `context_invalid` for names that no file can have.
 */
export function entryParts(name: string): string[] {
  if (name.includes('\u0000') || /\p{Surrogate}/u.test(name) || byteLength(name) > MAX_PATH_BYTES)
    throw badName(name);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || parts.includes('..')) throw escapes(name, 'its name');
  if (parts.some((part) => byteLength(part) > MAX_NAME_BYTES)) throw badName(name);
  return parts;
}

/** Whether a symbolic link on a disk can have this target to the letter: what is written is then what was judged. */
export function isLinkTarget(target: string): boolean {
  return (
    target !== '' &&
    !target.includes('\u0000') &&
    !/\p{Surrogate}/u.test(target) &&
    byteLength(target) < MAX_PATH_BYTES
  );
}

/** The path without its last part; empty for what lies at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** What is left to be spent on following links. */
export class LinkWork {
  #left = MAX_WORK;

  /** Raises `context_invalid` when nothing is left: few bytes can describe a very long way. */
  spend(path: string, reached: string): void {
    this.#left -= WORK_OF_STEP + reached.length;
    if (this.#left < 0) throw unusable(path, 'is a link, and following all links takes too long');
  }
}

/**
 * Follows a path from the top of a context as the kernel would, through the links that it is told of; gives the path
 * reached, or null for a loop. Raises `path_escapes_context` at the first step out, also where the way leads back in. Who
 * follows many passes one `work` for all.
 */
export function followLinks(
  path: string,
  links: ReadonlyMap<string, string>,
  work = new LinkWork(),
): string | null {
  const waiting = path.split('/');
  /** The path so far after each step. */
  const reached: string[] = [];
  let followed = 0;
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    if (part === '' || part === '.' || part === '..') {
      work.spend(path, part);
      if (part === '..' && reached.pop() === undefined) throw escapes(path, 'a symbolic link or ".."');
      continue;
    }
    const candidate = reached.length === 0 ? part : `${reached.at(-1)}/${part}`;
    work.spend(path, candidate);
    const target = links.get(candidate);
    if (target === undefined) {
      reached.push(candidate);
      continue;
    }
    if ((followed += 1) > MAX_LINKS) return null;
    if (target.startsWith('/')) throw escapes(path, `its link to ${target.slice(0, 200)}`);
    waiting.unshift(...target.split('/'));
  }
  return reached.at(-1) ?? '';
}

/** Whether `a` stands before `b` in a list: by the bytes of UTF-8, which is the order of code points. */
export function comesBefore(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === length) return a.length < b.length;
  return rank(a.charCodeAt(at)) < rank(b.charCodeAt(at));
}

/** Halves of a pair stand for code points above all that have one unit only. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function byteLength(text: string): number {
  return utf8.encode(text).length;
}

/** The error of an entry that would leave the context. */
export function escapes(name: string, why: string): KilnError {
  return new KilnError('path_escapes_context', {
    message: `The entry ${shown(name)} leads out of the build context by ${why}. Leave it out with .dockerignore.`,
  });
}

/** The error of an entry that a context cannot hold. */
export function unusable(name: string, why: string): KilnError {
  return new KilnError('context_invalid', {
    message: `The entry ${shown(name)} of the build context ${why}.`,
  });
}

function shown(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name);
}

function badName(name: string): KilnError {
  return unusable(name, 'has a name that no file can have');
}
