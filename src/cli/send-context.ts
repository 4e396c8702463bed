import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeContext, type DescribedContext } from '../adapters/context/describe-context.js';
import { HashCache } from '../adapters/context/hash-cache.js';
import { getUpload, putUpload, type Upload } from '../contracts/uploads.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { CommandFailure } from './failure.js';
import type { Progress } from './progress/progress.js';
import type { Task } from './progress/task-list.js';
import { Transfer } from './progress/transfer.js';
import { sendBytes } from './send-bytes.js';
import { sendMissing, type SendOptions } from './send-missing.js';
import type { SourceFolder } from './source-folder.js';
import { formatBytes } from '../domain/format-bytes.js';
import { plural } from './terminal/units.js';

/** What is not as usual about the sending. */
interface Tuning extends Pick<SendOptions, 'firstDelayMs' | 'largeBytes'> {
  /** Judges what was described before a byte is sent; what it throws ends the sending. */
  readonly onDescribed?: (context: DescribedContext) => Promise<void>;
}

/** How often a folder is described again because a file changed under the sending. */
const DESCRIPTIONS = 3;

/**
 * Makes sure that Kiln has what is in a folder, and gives the upload's id. Files are known by their content: what Kiln has is
 * not sent again, and a broken transfer goes on where it broke.
 */
export async function sendContext(
  cli: Cli,
  client: Client,
  source: SourceFolder,
  progress: Progress,
  signal: AbortSignal,
  tuning: Tuning = {},
): Promise<string> {
  const task = progress.task('Reading the context');
  try {
    for (let described = 1; ; described += 1) {
      /* The second time every file is read: the first time something was not what it seemed. */
      const cache = await HashCache.open(described === 1 ? cacheFile(cli, source.folder) : null);
      const context = await describeContext(source.folder, {
        dockerfile: source.dockerfile ?? 'Dockerfile',
        cache,
        signal,
        onFile: (done, of) =>
          task.measure([
            `Reading the context: ${done} of ${plural(of, 'file')}`,
            `${done} of ${plural(of, 'file')}`,
          ]),
      });
      try {
        return await send(client, context, task, signal, tuning);
      } catch (error) {
        const hasChanged = error instanceof CommandFailure && error.code === 'digest_mismatch';
        if (!hasChanged || described === DESCRIPTIONS || signal.aborted) throw error;
        task.update('A file changed: reading the context again');
      }
    }
  } catch (error) {
    task.fail();
    throw error;
  }
}

async function send(
  client: Client,
  context: DescribedContext,
  task: Task,
  signal: AbortSignal,
  tuning: Tuning,
): Promise<string> {
  const [found] = await Promise.all([findUpload(client, context, signal), tuning.onDescribed?.(context)]);
  const upload = found ?? (await register(client, context, signal));
  const all = `${plural(context.fileCount, 'file')}, ${formatBytes(context.sizeBytes)}`;
  if (upload.missing.length === 0) {
    task.done(`Kiln has the context: ${all}`);
    return upload.id;
  }
  const bytes = upload.missing.reduce((sum, sha256) => sum + (context.files.get(sha256)?.size ?? 0), 0);
  const transfer = new Transfer(bytes);
  task.update('Sending the context');
  task.measure(transfer.forms());
  await sendMissing(client, context, upload, {
    ...tuning,
    signal,
    transfer,
    onProgress: () => task.measure(transfer.forms()),
    onRetry: () => task.measure(transfer.brokenForms()),
  });
  task.done(`Sent ${formatBytes(bytes)}: ${upload.missing.length} of ${plural(context.fileCount, 'file')}`);
  return upload.id;
}

/** Null where Kiln does not know the list of these files. */
async function findUpload(
  client: Client,
  { sha256 }: DescribedContext,
  signal: AbortSignal,
): Promise<Upload | null> {
  try {
    return await client.call(getUpload, { params: { digest: sha256 } }, { signal });
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.code !== 'not_found') throw error;
    return null;
  }
}

async function register(client: Client, context: DescribedContext, signal: AbortSignal): Promise<Upload> {
  const params = { digest: context.sha256 };
  return client.repeat(() => sendBytes(client, putUpload, inParts(context.list), { params, signal }), {
    signal,
  });
}

async function* inParts(bytes: Buffer): AsyncGenerator<Uint8Array> {
  const part = 256 * 1024;
  for (let at = 0; at < bytes.length; at += part) yield await Promise.resolve(bytes.subarray(at, at + part));
}

/** Where the digests of a folder's files are remembered; null where the person has no home. */
function cacheFile({ env }: Cli, folder: string): string | null {
  const home = env['HOME'] ?? os.homedir();
  const base = env['XDG_CACHE_HOME'] || (fs.existsSync(home) ? path.join(home, '.cache') : null);
  if (base === null) return null;
  const name = createHash('sha256').update(path.resolve(folder)).digest('hex').slice(0, 32);
  return path.join(base, 'kiln', 'digests', `${name}.json`);
}
