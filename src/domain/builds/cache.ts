import { KilnError } from '../errors.js';
import { parseReference } from '../images/reference.js';

/** Where the layers of a build are kept for later ones. */
export type Cache =
  | { readonly type: 'registry'; readonly ref: string }
  /** A folder of the project on the build host, by its name. */
  | { readonly type: 'local'; readonly name: string }
  /** In the image itself; who wants to read it names the image as a registry cache. */
  | { readonly type: 'inline' };

const LOCAL_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const ATTRIBUTES: Readonly<Record<Cache['type'], readonly string[]>> = {
  registry: ['ref', 'mode'],
  local: ['name', 'mode'],
  inline: [],
};

/**
 * Reads `type=registry,ref=HOST/REPOSITORY:TAG`, `type=local,name=NAME`, `type=inline`, or a reference alone, which is a registry cache.
 * Raises invalid_request.
 */
export function parseCache(text: string): Cache {
  if (!/^type=/.test(text)) return registryCache(text);
  const parts = text.split(',').map((part) => part.split('='));
  const given = new Map(parts.map(([key = '', ...value]) => [key, value.join('=')]));
  const type = given.get('type') ?? '';
  if (!isType(type)) throw wrong(`There is no cache of type "${type}": write registry, local or inline.`);
  const known = ['type', ...ATTRIBUTES[type]];
  const odd = [...given.keys()].find((key) => !known.includes(key));
  if (type === 'local' && (odd === 'src' || odd === 'dest'))
    throw wrong('A local cache has a name, and no path of the build host: write type=local,name=NAME.');
  if (odd !== undefined || given.size !== parts.length)
    throw wrong(`A cache of type ${type} takes these attributes once: ${known.join(', ')}.`);
  if ((given.get('mode') ?? 'max') !== 'max')
    throw wrong('Caches hold the layers of all stages: leave mode out, or write mode=max.');
  if (type === 'inline') return { type };
  return type === 'registry' ? registryCache(given.get('ref') ?? '') : localCache(given.get('name'));
}

/** A cache in the one spelling that records have. */
export function printCache(cache: Cache): string {
  if (cache.type === 'registry') return cache.ref;
  return cache.type === 'local' ? `type=local,name=${cache.name}` : 'type=inline';
}

/** The image reference of a cache that lies in a registry; null for other caches, and for what is none. */
export function cacheReferenceOf(text: string): string | null {
  try {
    const cache = parseCache(text);
    return cache.type === 'registry' ? cache.ref : null;
  } catch {
    return null;
  }
}

function registryCache(ref: string): Cache {
  parseReference(ref);
  return { type: 'registry', ref };
}

function localCache(name = 'default'): Cache {
  if (LOCAL_NAME.test(name)) return { type: 'local', name };
  throw wrong('A local cache is named with up to 63 small letters, digits, "_" and "-".');
}

function isType(text: string): text is Cache['type'] {
  return Object.hasOwn(ATTRIBUTES, text);
}

function wrong(message: string): KilnError {
  return new KilnError('invalid_request', { message });
}
