import { gunzipSync, gzipSync } from 'node:zlib';
import { formatLayerEntry, type LayerEntry, parseLayerEntry } from '../../domain/images/layer-entry.js';

/** More than any list that is written here unpacks to. */
const MAX_BYTES = 1024 ** 3;

/** The entries of a layer as one line each, compressed with gzip. */
export function packFileList(entries: readonly LayerEntry[]): Buffer {
  return gzipSync(entries.map(formatLayerEntry).join('\n'));
}

/** The entries that `packFileList` packed. */
export function unpackFileList(packed: Uint8Array): LayerEntry[] {
  const text = gunzipSync(packed, { maxOutputLength: MAX_BYTES }).toString('utf8');
  return text === '' ? [] : text.split('\n').map(parseLayerEntry);
}
