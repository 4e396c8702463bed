import { parentPort, workerData } from 'node:worker_threads';
import { exploreLayer, UnreadableLayer } from '../adapters/layers/explore-layer.js';
import { packFileList, unpackFileList } from '../adapters/layers/file-list.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import { knownCredentials } from '../adapters/registry/known-credentials.js';
import { openTransport } from '../adapters/registry/transport.js';
import { toKilnError } from '../domain/errors.js';
import type { ImageContents } from '../domain/images/exploration.js';
import { ImageContentsMaker, type StackedLayer } from '../domain/images/image-contents.js';
import type { Explored } from '../ports/explorations.js';
import type { ExploreMessage, ExploreTask } from './explore-messages.js';

const task = workerData as ExploreTask;
const registry = createImageRegistry({
  transport: openTransport(task.transport),
  credentials: knownCredentials(task.credentials),
});

function say(message: ExploreMessage): void {
  parentPort?.postMessage(message);
}

/** Reads the layers from the base up. One that cannot be read ends it: nobody knows what those above it change. */
async function explore(): Promise<Explored<ImageContents>> {
  const image = new ImageContentsMaker();
  for (const [index, { digest, known }] of task.manifest.layers.entries()) {
    const layerNumber = index + 1;
    say({ kind: 'begins', layerNumber });
    const layer =
      known === null
        ? await read(digest)
        : 'failureReason' in known
          ? known
          : { ...known, entries: unpackFileList(known.fileList) };
    if ('failureReason' in layer) return { failureReason: `layer ${layerNumber}: ${layer.failureReason}` };
    image.take(layer);
  }
  return image.finish();
}

async function read(digest: string): Promise<Explored<StackedLayer>> {
  try {
    const { entries, ...found } = await exploreLayer(
      registry.readBlob(task.manifest.repository, digest),
      task.limits,
    );
    say({ kind: 'layer', digest, layer: { ...found, fileList: packFileList(entries) } });
    return { ...found, entries };
  } catch (error) {
    if (!(error instanceof UnreadableLayer)) throw error;
    const layer = { failureReason: error.message };
    say({ kind: 'layer', digest, layer });
    return layer;
  }
}

try {
  say({ kind: 'image', contents: await explore() });
} catch (thrown) {
  const { code, message, detail = null } = toKilnError(thrown);
  say({ kind: 'error', code, message, detail });
}
