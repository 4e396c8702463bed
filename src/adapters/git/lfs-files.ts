import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, lstat, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KilnError } from '../../domain/errors.js';
import { requestFrom } from './https-request.js';
import { askForDownloads, type LfsDownload, type LfsEndpoint } from './lfs-batch.js';
import { parseLfsPointer, type LfsPointer } from './lfs-pointer.js';
import type { SourceBudget } from './source-budget.js';
import type { GitHost, GitServer } from './server.js';

interface PointerFile {
  readonly path: string;
  readonly pointer: LfsPointer;
}

/**
 * Puts the content of LFS objects in the place of their pointers in a checkout. Files are those whose attribute `filter` is lfs; each
 * object is checked by size and SHA-256 before it takes the place of its pointer.
 */
export async function fetchLfsFiles(
  server: GitServer,
  what: {
    readonly host: GitHost;
    readonly gitFolder: string;
    readonly treeFolder: string;
    readonly smallFiles: readonly string[];
    readonly scratchFolder: string;
    readonly budget: SourceBudget;
    /** Asked for once there is something to fetch. */
    readonly endpoint: () => Promise<LfsEndpoint>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { host, treeFolder, budget, signal } = what;
  const files = await withFilter(server, what, await readPointers(treeFolder, what.smallFiles));
  if (files.length === 0) return;
  const wanted = new Map(files.map(({ pointer }) => [pointer.oid, pointer]));
  for (const { pointer } of files) budget.take(0, pointer.sizeBytes);
  for (const download of await askForDownloads(host, await what.endpoint(), [...wanted.values()], signal)) {
    for (const file of files.filter(({ pointer }) => pointer.oid === download.oid)) {
      await replace(host, path.join(treeFolder, file.path), download, what.scratchFolder, signal);
    }
  }
}

async function readPointers(treeFolder: string, smallFiles: readonly string[]): Promise<PointerFile[]> {
  const files: PointerFile[] = [];
  for (const name of smallFiles) {
    const file = path.join(treeFolder, name);
    const found = await lstat(file).catch(() => null);
    const pointer = found?.isFile() === true ? parseLfsPointer(await readFile(file, 'utf8')) : null;
    if (pointer !== null) files.push({ path: name, pointer });
  }
  return files;
}

async function withFilter(
  server: GitServer,
  { gitFolder, treeFolder, signal }: { gitFolder: string; treeFolder: string; signal: AbortSignal },
  files: readonly PointerFile[],
): Promise<PointerFile[]> {
  if (files.length === 0) return [];
  const places = [`--git-dir=${gitFolder}`, `--work-tree=${treeFolder}`];
  const { stdout } = await server.git([...places, 'check-attr', '-z', '--stdin', 'filter'], {
    cwd: treeFolder,
    signal,
    input: files.map((file) => `${file.path}\0`).join(''),
  });
  const fields = stdout.toString('utf8').split('\0');
  const byLfs = new Set<string>();
  for (let at = 0; at + 2 < fields.length; at += 3) if (fields[at + 2] === 'lfs') byLfs.add(fields[at] ?? '');
  return files.filter((file) => byLfs.has(file.path));
}

async function replace(
  host: GitHost,
  target: string,
  download: LfsDownload,
  scratchFolder: string,
  signal: AbortSignal,
): Promise<void> {
  const response = await requestFrom(host, {
    method: 'GET',
    url: download.url,
    headers: download.headers,
    signal,
  });
  if (response.statusCode !== 200) {
    response.destroy();
    const code = (response.statusCode ?? 0) >= 500 ? 'git_unreachable' : 'git_not_found';
    throw new KilnError(code, {
      message: `The LFS server answered ${response.statusCode} for the object ${download.oid}.`,
    });
  }
  const temporary = path.join(scratchFolder, `lfs-${download.oid}`);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      hash.update(chunk);
      done(sizeBytes > download.sizeBytes ? wrong(download) : null, chunk);
    },
  });
  try {
    await pipeline(response, measure, createWriteStream(temporary, { mode: 0o600 }), { signal });
    if (sizeBytes !== download.sizeBytes || hash.digest('hex') !== download.oid) throw wrong(download);
    await chmod(temporary, (await lstat(target)).mode & 0o777);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

function wrong({ oid }: LfsDownload): KilnError {
  return new KilnError('git_failed', { message: `The LFS server sent other bytes than those of ${oid}.` });
}
