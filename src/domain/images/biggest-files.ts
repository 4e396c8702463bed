import { ImageNode } from './image-tree.js';
import type { NodeKind } from './layer-entry.js';
import type { FileChange } from './layer-stack.js';

/** A file or folder with what is below it. */
export interface SizedFile {
  /** From the root of the image. */
  readonly path: string;
  readonly kind: NodeKind;
  /** With all that is below. */
  readonly sizeBytes: number;
  /** How many files that are; 1 for a file itself. */
  readonly fileCount: number;
  /** The layer that holds it; null for a folder. */
  readonly layerNumber: number | null;
  /** What the layer that is looked at did to it; null for a folder, and where the whole image is looked at. */
  readonly change: FileChange['change'] | null;
  /** Of what is below it, what is not shown. */
  readonly leftOutBytes: number;
}

interface Sized {
  readonly path: string;
  readonly node: ImageNode;
  readonly children: readonly Sized[];
  readonly sizeBytes: number;
  readonly fileCount: number;
}

/**
 * The biggest things at and below a path, as many as `limit` says, each after the folder that it is in and bigger ones first; a folder is
 * there as soon as something in it is. Null where there is nothing at the path.
 */
export function biggestFiles(
  root: ImageNode,
  path: string,
  options: { readonly limit: number; readonly changes?: ReadonlyMap<string, FileChange> },
): SizedFile[] | null {
  const start = path === '' ? root : nodeAt(root, path);
  if (start === null) return null;
  const top = measure(start, path);
  const shown = new Set<Sized>([top]);
  const waiting = [...top.children];
  while (shown.size < options.limit + 1 && waiting.length > 0) {
    let at = 0;
    for (let index = 1; index < waiting.length; index += 1)
      if (isBigger(waiting[index]!, waiting[at]!)) at = index;
    const [next] = waiting.splice(at, 1) as [Sized];
    shown.add(next);
    waiting.push(...next.children);
  }
  return inOrder(top, shown).map((one) => tell(one, shown, options.changes));
}

/** A tree of what one layer did: what it added or changed, and what it removed with the size that it had. */
export function treeOfChanges(changes: ReadonlyMap<string, FileChange>): ImageNode {
  const root = ImageNode.folder(0);
  for (const [path, { node }] of changes) {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    let folder = root;
    for (const part of parts) {
      const next = folder.children?.get(part);
      if (next?.children != null) folder = next;
      else {
        const made = ImageNode.folder(0);
        folder.children?.set(part, made);
        folder = made;
      }
    }
    folder.children?.set(name, node);
  }
  return root;
}

function nodeAt(root: ImageNode, path: string): ImageNode | null {
  let node: ImageNode | undefined = root;
  for (const part of path.split('/')) node = node?.children?.get(part);
  return node ?? null;
}

/** Depth is bound by the length of a path. */
function measure(node: ImageNode, path: string): Sized {
  if (node.children === null) return { path, node, children: [], sizeBytes: node.sizeBytes, fileCount: 1 };
  const children = [...node.children].map(([name, child]) =>
    measure(child, path === '' ? name : `${path}/${name}`),
  );
  return {
    path,
    node,
    children,
    sizeBytes: children.reduce((sum, child) => sum + child.sizeBytes, 0),
    fileCount: children.reduce((sum, child) => sum + child.fileCount, 0),
  };
}

function isBigger(a: Sized, b: Sized): boolean {
  if (a.sizeBytes !== b.sizeBytes) return a.sizeBytes > b.sizeBytes;
  if (a.fileCount !== b.fileCount) return a.fileCount > b.fileCount;
  return a.path < b.path;
}

function inOrder(top: Sized, shown: ReadonlySet<Sized>): Sized[] {
  const below = top.children.filter((child) => shown.has(child)).sort((a, b) => (isBigger(a, b) ? -1 : 1));
  return [top, ...below.flatMap((child) => inOrder(child, shown))];
}

function tell(
  { path, node, children, sizeBytes, fileCount }: Sized,
  shown: ReadonlySet<Sized>,
  changes: ReadonlyMap<string, FileChange> | undefined,
): SizedFile {
  const leftOut = children.filter((child) => !shown.has(child));
  return {
    path,
    kind: node.kind,
    sizeBytes,
    fileCount,
    layerNumber: node.children === null ? node.layer : null,
    change: changes?.get(path)?.change ?? null,
    leftOutBytes: leftOut.reduce((sum, child) => sum + child.sizeBytes, 0),
  };
}
