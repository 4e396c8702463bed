import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { pack, type Header } from 'tar-stream';
import { KilnError } from '../../domain/errors.js';
import { EXPLORATION_LIMITS } from '../../domain/images/exploration.js';
import { cleanPath } from '../../domain/images/layer-entry.js';
import { ImagePath } from '../../domain/images/image-path.js';
import { eachEntry, type TarEntry, UnreadableLayer } from './explore-layer.js';

/** A layer by what opens its bytes. */
export type OpenLayer = () => AsyncIterable<Uint8Array>;

/** How what is at the path is called in the tar. */
const NAME = '0';

/**
 * Writes what layers (the top one first) show at a path as a tar: the path itself is its entry `0`. Raises `artifact_too_large` where that has
 * more bytes, and `artifact_unusable` where there is nothing, or a layer cannot be read.
 */
export async function takeFromLayers(
  layers: readonly OpenLayer[],
  path: string,
  into: { readonly tar: string; readonly maxBytes: number },
): Promise<void> {
  const shown = new ImagePath(path);
  const tar = pack();
  const written = pipeline(tar, createWriteStream(into.tar, { mode: 0o600 }));
  /** Nobody takes what a failed writer does not. */
  const failed = written.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  let [bytes, entries] = [0, 0];
  const take = async (entry: TarEntry): Promise<void> => {
    const { name, type, size } = entry.header;
    const inside = shown.place(name, type === 'directory');
    if (inside === null) return;
    entries += 1;
    if ((bytes += size) > into.maxBytes) throw new KilnError('artifact_too_large');
    const sink = tar.entry(headerOf(entry.header, inside, path));
    if (type !== 'file' && type !== 'contiguous-file') return;
    await Promise.race([pipeline(entry, sink as unknown as NodeJS.WritableStream), failed]);
  };
  try {
    for (const open of layers) {
      await eachEntry(open(), EXPLORATION_LIMITS.maxUnpackedBytes, take);
      shown.nextLayer();
      if (shown.isWhole) break;
    }
    tar.finalize();
    await written;
    if (entries === 0) throw missing(path);
  } catch (error) {
    tar.destroy();
    await written.catch(() => undefined);
    if (!(error instanceof UnreadableLayer)) throw error;
    throw new KilnError('artifact_unusable', {
      message: `${path} of the image cannot be read: ${error.message}.`,
    });
  }
}

function missing(path: string): KilnError {
  return new KilnError('artifact_unusable', {
    message: `There is no ${path} in the image, apart from its base image: see "tests.reports" of the build.`,
  });
}

function headerOf(header: Header, inside: string, path: string): Partial<Header> & { name: string } {
  const { type, mode, mtime, size, linkname } = header;
  return {
    name: inside === '' ? NAME : `${NAME}/${inside}`,
    ...{ type, mode, mtime, size },
    ...(type === 'link' && { linkname: linkInside(linkname ?? '', path) }),
    ...(type === 'symlink' && { linkname: linkname ?? '' }),
  };
}

/** A hard link names its target from the root of the image; one that leads elsewhere is refused by who takes it. */
function linkInside(target: string, path: string): string {
  const [from, wanted] = [cleanPath(target) ?? '', cleanPath(path) ?? ''];
  return from.startsWith(`${wanted}/`) ? `${NAME}/${from.slice(wanted.length + 1)}` : `../${from}`;
}
