import { createHash, randomInt } from 'node:crypto';
import type { BlobStore } from '../../ports/contents.js';
import { type CheckResult, Findings } from '../../storage/verify/check.js';
import type { StoredContent } from '../../storage/verify/stored-values.js';

/** So many files, others each time, are read where not all are. */
const SAMPLE = 500;

/**
 * Whether the bytes of every stored content are there: all by size, a sample (or `all`) by SHA-256. What looks wrong is judged once
 * more if it is still listed then: contents expire while this goes on.
 */
export async function checkContents(
  list: () => Promise<StoredContent[]>,
  store: BlobStore | null,
  all: boolean,
): Promise<CheckResult> {
  const head = {
    name: 'contents',
    holds: 'The bytes of every stored build context are there, with the size and SHA-256 that are recorded.',
  };
  if (store === null) {
    return { ...head, wrong: 0, examples: [], note: 'not looked at: KILN_DATA_DIR is not set' };
  }
  const contents = await list();
  const readable = new Set((all ? contents : sampleOf(contents, SAMPLE)).map(keyOf));
  const suspects = new Set<string>();
  for (const content of contents) {
    if ((await judge(store, content, readable.has(keyOf(content)))) !== null) suspects.add(keyOf(content));
  }
  const findings = new Findings();
  for (const content of suspects.size === 0 ? [] : await list()) {
    if (!suspects.has(keyOf(content))) continue;
    const wrong = await judge(store, content, true);
    if (wrong !== null) findings.add(`${content.sha256} ${wrong}`);
  }
  const note = `${String(readable.size)} of ${String(contents.length)} read`;
  return { ...head, wrong: findings.wrong, examples: findings.examples, note };
}

/** As many of the contents as wanted, each with the same chance. */
function sampleOf(contents: readonly StoredContent[], wanted: number): StoredContent[] {
  let missing = wanted;
  return contents.filter((_content, index) => {
    const isChosen = randomInt(contents.length - index) < missing;
    if (isChosen) missing -= 1;
    return isChosen;
  });
}

function keyOf({ tenantId, sha256 }: StoredContent): string {
  return `${tenantId} ${sha256}`;
}

/** What is wrong with a stored content; null when nothing is. */
export async function judge(
  store: BlobStore,
  content: StoredContent,
  isRead: boolean,
): Promise<string | null> {
  const { tenantId, sha256 } = content;
  const found = await store.stat(tenantId, sha256);
  if (found === null) return 'is missing';
  if (found.sizeBytes !== content.sizeBytes)
    return `has ${String(found.sizeBytes)} bytes, not ${String(content.sizeBytes)}`;
  if (!isRead) return null;
  const hash = createHash('sha256');
  for await (const part of await store.open(tenantId, sha256)) hash.update(part);
  return hash.digest('hex') === sha256 ? null : 'has other bytes';
}
