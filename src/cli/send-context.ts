import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packContext } from '../adapters/context/pack-context.js';
import type { Client } from './client.js';
import type { Progress } from './progress/progress.js';
import type { Task } from './progress/task-list.js';
import type { SourceFolder } from './source-folder.js';
import { formatBytes } from './terminal/units.js';
import { spool, uploadFile } from './upload.js';

const RATE_AFTER_MS = 300;

/** Packs a folder, sends it under its digest and gives the upload's id. The packed file is temporary. */
export async function sendContext(
  client: Client,
  source: SourceFolder,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'kiln-context-'));
  let task = progress.task('Packing the context');
  try {
    const packed = await packContext(source.folder, { dockerfile: source.dockerfile });
    const file = await spool(packed.stream, path.join(temporary, 'context.tar.gz'), {
      signal,
      onBytes: (bytes) => task.update(`Packing the context ${formatBytes(bytes)}`),
    });
    task.done(`Packed the context: ${formatBytes(file.sizeBytes)}`);
    task = progress.task(`Sending ${formatBytes(file.sizeBytes)}`);
    const upload = await uploadFile(client, file, {
      signal,
      onBytes: rateOf(task, file.sizeBytes),
      onRetry: () => task.update('Sending again: the connection broke'),
    });
    task.done(`Sent ${formatBytes(file.sizeBytes)}`);
    return upload.id;
  } catch (error) {
    task.fail();
    throw error;
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

function rateOf(task: Task, totalBytes: number): (sent: number) => void {
  const start = Date.now();
  return (sent) => {
    const tookMs = Date.now() - start;
    const rate = tookMs < RATE_AFTER_MS ? '' : ` at ${formatBytes((sent / tookMs) * 1000)}/s`;
    task.update(`Sending ${formatBytes(sent)} of ${formatBytes(totalBytes)}${rate}`);
  };
}
