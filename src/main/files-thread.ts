import { parentPort, workerData } from 'node:worker_threads';
import { unpackFileList } from '../adapters/layers/file-list.js';
import { biggestFiles, treeOfChanges } from '../domain/images/biggest-files.js';
import { compareFiles } from '../domain/images/compare-files.js';
import type { ImageNode } from '../domain/images/image-tree.js';
import { type FileChange, LayerStack } from '../domain/images/layer-stack.js';
import type { FilesTask } from './image-files.js';

const task = workerData as FilesTask;

function shownBy(lists: readonly Uint8Array[]): ImageNode {
  const stack = new LayerStack();
  for (const list of lists) stack.take(unpackFileList(list));
  return stack.root;
}

function answer(): unknown {
  if (task.kind === 'compare') return compareFiles(shownBy(task.before), shownBy(task.after), task.limit);
  const { lists, path, layerNumber, limit } = task;
  if (layerNumber === null) return biggestFiles(shownBy(lists), path, { limit });
  const stack = new LayerStack();
  const changes = new Map<string, FileChange>();
  for (const [index, list] of lists.slice(0, layerNumber).entries())
    stack.take(unpackFileList(list), index + 1 === layerNumber ? changes : null);
  return biggestFiles(treeOfChanges(changes), path, { limit, changes });
}

parentPort?.postMessage(answer());
