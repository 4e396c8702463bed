import type { LayerEntry, NodeKind } from './layer-entry.js';

/** A thing in the file system of an image; `layer` is the number of the layer that holds it. */
export class ImageNode {
  constructor(
    readonly kind: NodeKind,
    readonly layer: number,
    readonly sizeBytes: number,
    readonly mode: number,
    readonly content: string,
    /** Of folders alone. */
    readonly children: Map<string, ImageNode> | null,
  ) {}

  static folder(layer: number, mode = 0o755): ImageNode {
    return new ImageNode('folder', layer, 0, mode, '', new Map());
  }

  static of(entry: LayerEntry, layer: number): ImageNode {
    const kind = entry.kind as NodeKind;
    const children = kind === 'folder' ? new Map<string, ImageNode>() : null;
    return new ImageNode(kind, layer, entry.sizeBytes, entry.mode, entry.content, children);
  }
}

/** Where a path leads: the folder that holds its last part, and the way there without links. */
export interface Place {
  readonly folder: Map<string, ImageNode>;
  readonly name: string;
  readonly path: string;
}

const MAX_LINKS = 40;

/**
 * Finds the place of a path as whoever unpacks a layer does: links on the way are followed and never leave the image. `make` is asked
 * for a folder where there is none (`found` is what is there instead); null from it, or too many links, is no place.
 */
export function placeOf(
  root: ImageNode,
  path: string,
  make: (place: Place, found: ImageNode | undefined) => ImageNode | null,
): Place | null {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const waiting = parts.reverse();
  const way: { node: ImageNode; name: string }[] = [];
  let links = 0;
  const here = (): Map<string, ImageNode> => (way.at(-1)?.node ?? root).children ?? new Map();
  const at = (last: string): string => [...way.map((step) => step.name), last].join('/');
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      way.pop();
      continue;
    }
    const folder = here();
    let next = folder.get(part);
    if (next?.kind === 'link') {
      if ((links += 1) > MAX_LINKS) return null;
      if (next.content.startsWith('/')) way.length = 0;
      waiting.push(...next.content.split('/').reverse());
      continue;
    }
    if (next === undefined || next.children === null) {
      const made = make({ folder, name: part, path: at(part) }, next);
      if (made === null) return null;
      folder.set(part, made);
      next = made;
    }
    way.push({ node: next, name: part });
  }
  return { folder: here(), name, path: at(name) };
}

/** Everything at and below a node but folders, with its path; a path of '' is the root. */
export function* leavesOf(node: ImageNode, path: string): Generator<readonly [string, ImageNode]> {
  const waiting: (readonly [string, ImageNode])[] = [[path, node]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [at, one] = next;
    if (one.children === null) yield next;
    else for (const [name, child] of one.children) waiting.push([at === '' ? name : `${at}/${name}`, child]);
  }
}
