import { KilnError } from '../errors.js';

/** What an entry of a layer is. `removed` and `opaque` hide what lower layers have: a path, or all that is in a folder. */
export const ENTRY_KINDS = ['file', 'folder', 'link', 'hard_link', 'other', 'removed', 'opaque'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];
/** What stays in the image. */
export type NodeKind = Exclude<EntryKind, 'removed' | 'opaque'>;

/** One entry of a layer. Paths are clean and relative to the root of the image. */
export interface LayerEntry {
  readonly path: string;
  readonly kind: EntryKind;
  /** Of a file its bytes; else 0. */
  readonly sizeBytes: number;
  /** Permission bits and the three above them. */
  readonly mode: number;
  /** Of a file the first 24 hex digits of its SHA-256; of a link where it leads; else empty. */
  readonly content: string;
}

const MAX_PATH_LENGTH = 4096;
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** Notes of an old file system that hide nothing. */
const AUFS_NOTES = '.wh..wh.';

/**
 * The clean path of a name in a tar; empty for the root itself. Null for one that leads out of the image, is too long or holds a NUL: no
 * container can have it.
 */
export function cleanPath(name: string): string | null {
  if (name.length > MAX_PATH_LENGTH || name.includes('\u0000')) return null;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? null : parts.join('/');
}

/** What the name of an entry hides, by the whiteouts of the OCI image specification; null for an ordinary entry. */
export function whiteoutOf(
  path: string,
): Pick<LayerEntry, 'path' | 'kind'> | { readonly kind: 'nothing' } | null {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (!name.startsWith(WHITEOUT)) return null;
  const folder = path.slice(0, Math.max(0, slash));
  if (name === OPAQUE) return { path: folder, kind: 'opaque' };
  const hidden = name.slice(WHITEOUT.length);
  if (name.startsWith(AUFS_NOTES) || hidden === '' || hidden === '.' || hidden === '..')
    return { kind: 'nothing' };
  return { path: folder === '' ? hidden : `${folder}/${hidden}`, kind: 'removed' };
}

/** The line of an entry in a file list, without its newline. */
export function formatLayerEntry({ path, kind, sizeBytes, mode, content }: LayerEntry): string {
  return JSON.stringify([path, ENTRY_KINDS.indexOf(kind), sizeBytes, mode, content]);
}

/** The entry of a line that `formatLayerEntry` wrote. Raises `internal` for any other. */
export function parseLayerEntry(line: string): LayerEntry {
  const [path, code, sizeBytes, mode, content] = JSON.parse(line) as [string, number, number, number, string];
  const kind = ENTRY_KINDS[code];
  if (typeof path !== 'string' || kind === undefined)
    throw new KilnError('internal', { detail: 'a file list of a layer has a line that is no entry' });
  return { path, kind, sizeBytes, mode, content };
}
