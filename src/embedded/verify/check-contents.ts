import { stat } from 'node:fs/promises';
import { contentPath } from '../../adapters/blobs/content-files.js';
import { hashFile } from '../../adapters/blobs/write-hashed.js';
import type { Tx } from '../../storage/database.js';
import { type CheckResult, Findings } from '../../storage/verify/check.js';
import { listContents, type StoredContent } from '../../storage/verify/stored-values.js';

/** So many files are read where not all are. */
const SAMPLE = 500;

/** Whether the bytes of every stored content are there: all by size, a sample (or `all`) by SHA-256. */
export async function checkContents(tx: Tx, dataFolder: string | null, all: boolean): Promise<CheckResult> {
  const head = {
    name: 'contents',
    holds: 'The bytes of every stored build context are there, with the size and SHA-256 that are recorded.',
  };
  if (dataFolder === null)
    return { ...head, wrong: 0, examples: [], note: 'not looked at: KILN_DATA_DIR is not set' };
  const contents = await listContents(tx);
  const findings = new Findings();
  let left = all ? Infinity : SAMPLE;
  for (const content of contents) {
    const wrong = await judge(dataFolder, content, (left -= 1) >= 0);
    if (wrong !== null) findings.add(`${content.sha256} ${wrong}`);
  }
  const read = all ? contents.length : Math.min(SAMPLE, contents.length);
  return {
    ...head,
    wrong: findings.wrong,
    examples: findings.examples,
    note: `${String(read)} of ${String(contents.length)} read`,
  };
}

/** What is wrong with a stored content; null when nothing is. */
export async function judge(folder: string, content: StoredContent, isRead: boolean): Promise<string | null> {
  const file = contentPath(folder, content.tenantId, content.sha256);
  const found = await stat(file).catch(() => null);
  if (found === null) return 'is missing';
  if (found.size !== content.sizeBytes)
    return `has ${String(found.size)} bytes, not ${String(content.sizeBytes)}`;
  return isRead && (await hashFile(file)) !== content.sha256 ? 'has other bytes' : null;
}
