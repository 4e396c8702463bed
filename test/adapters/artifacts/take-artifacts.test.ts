import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extract, pack, type Header } from 'tar-stream';
import { takeArtifacts } from '../../../src/adapters/artifacts/take-artifacts.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-take-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Entry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

/** Hides one word. */
async function* mask(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  yield Buffer.from(Buffer.concat(parts).toString('latin1').replaceAll('secret-1', '***'), 'latin1');
}

async function taken(
  entries: readonly Entry[],
  names: readonly string[],
  maxBytes = 1_000_000,
  type: 'build_output' | 'test_report' = 'build_output',
) {
  const tar = pack();
  const file = join(folder, 'out.tar');
  const written = pipeline(tar, createWriteStream(file));
  for (const { content, ...header } of entries) {
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  }
  tar.finalize();
  await written;
  const artifacts = names.map((name) => ({ name, type }));
  const kept = await takeArtifacts([{ path: file, artifacts }], join(folder, 'kept'), maxBytes, mask);
  return kept.map((one) => ({ ...one, bytes: readFileSync(join(folder, 'kept', one.sha256)) }));
}

async function listed(bytes: Buffer): Promise<unknown[]> {
  const found: unknown[] = [];
  const reader = extract();
  reader.end(bytes);
  for await (const entry of reader) {
    const { name, type, mode, uid, linkname } = entry.header;
    let content = '';
    for await (const part of entry as unknown as AsyncIterable<Buffer>) content += part.toString();
    found.push([name, type, mode, uid, linkname, content]);
  }
  return found;
}

test('a file is kept as it is and a folder as a tar of what is in it, without owners and setuid bits', async () => {
  const big = Buffer.alloc(300_000, 'x');
  const [app, docs] = await taken(
    [
      { name: '0', content: big, mode: 0o755 },
      { name: '1/', type: 'directory' },
      { name: '1/page', content: 'hello', mode: 0o4755, uid: 12 },
      { name: '1/deep/', type: 'directory', mode: 0o700 },
      { name: '1/deep/link', type: 'symlink', linkname: '../page' },
      { name: '1/hard', type: 'link', linkname: '1/page' },
    ],
    ['app', 'docs'],
  );
  expect(app).toMatchObject({ name: 'app', mediaType: 'application/octet-stream', sizeBytes: 300_000 });
  expect(app!.bytes.equals(big)).toBe(true);
  expect(app!.sha256).toBe(createHash('sha256').update(big).digest('hex'));
  expect(docs).toMatchObject({ name: 'docs', mediaType: 'application/x-tar', sizeBytes: docs!.bytes.length });
  expect(await listed(docs!.bytes)).toEqual([
    ['page', 'file', 0o755, 0, null, 'hello'],
    ['deep/', 'directory', 0o700, 0, null, ''],
    ['deep/link', 'symlink', expect.any(Number), 0, '../page', ''],
    ['hard', 'link', expect.any(Number), 0, 'page', ''],
  ]);
});

test('taking them again, as a supervisor does that was killed in between, gives the same', async () => {
  const entries = [
    { name: '0/', type: 'directory' as const },
    { name: '0/a', content: 'a' },
  ];
  const first = await taken(entries, ['docs']);
  const tars = [
    { path: join(folder, 'out.tar'), artifacts: [{ name: 'docs', type: 'build_output' as const }] },
  ];
  const again = await takeArtifacts(tars, join(folder, 'kept'), 1_000_000, mask);
  expect(again.map(({ sha256 }) => sha256)).toEqual(first.map(({ sha256 }) => sha256));
  expect(readdirSync(join(folder, 'kept'))).toHaveLength(1);
});

test('an empty file and an empty folder are kept too', async () => {
  const kept = await taken(
    [
      { name: '0', content: '' },
      { name: '1/', type: 'directory' },
    ],
    ['a', 'b'],
  );
  expect(kept.map(({ sizeBytes }) => sizeBytes)).toEqual([0, 1024]);
});

test.each<[string, Entry[], string]>([
  ['a link that leads out', [{ name: '0/etc', type: 'symlink', linkname: '/etc' }], '"etc": it is a link'],
  ['a device', [{ name: '0/sda', type: 'block-device' }], 'block-device'],
  ['a link in the place of it all', [{ name: '0', type: 'symlink', linkname: 'x' }], 'it is a link'],
  ['a hard link into another artifact', [{ name: '0/x', type: 'link', linkname: '1/x' }], 'leads out'],
  ['nothing', [{ name: '5/', type: 'directory' }], ''],
  ['no entry', [], 'has left nothing'],
])('an artifact with %s is refused and leaves no file', async (_what, entries, message) => {
  const entry = entries.length === 0 ? [] : [{ name: '0/', type: 'directory' } as const, ...entries];
  const work = taken(entries[0]?.name === '0' ? entries : entry, ['app']);
  await expect(work).rejects.toMatchObject({
    code: 'artifact_unusable',
    message: expect.stringContaining(message),
  });
  expect(readdirSync(join(folder, 'kept'))).toEqual([]);
});

test.each([
  ['a file', [{ name: '0', content: Buffer.alloc(5001) }]],
  [
    'a folder',
    [
      { name: '0/', type: 'directory' as const },
      { name: '0/a', content: Buffer.alloc(500_000) },
      { name: '0/b', content: Buffer.alloc(500_000) },
    ],
  ],
])('%s beyond the limit is refused', async (_what, entries) => {
  await expect(taken(entries, ['app'], 5000)).rejects.toMatchObject({ code: 'artifact_too_large' });
});

const withSecret: Entry[] = [
  { name: '0/', type: 'directory' },
  { name: '0/TEST-secret-1.xml', content: '<testsuite name="secret-1"/>' },
  { name: '0/link', type: 'symlink', linkname: 'TEST-secret-1.xml' },
];

test('test reports are kept with hidden values replaced, in a folder and alone; whatever else is kept are its own bytes', async () => {
  const [report] = await taken(withSecret, ['test-report'], undefined, 'test_report');
  expect(await listed(report!.bytes)).toEqual([
    ['TEST-***.xml', 'file', 420, 0, null, '<testsuite name="***"/>'],
    ['link', 'symlink', 420, 0, 'TEST-***.xml', ''],
  ]);
  const [alone] = await taken(
    [{ name: '0', content: 'a secret-1' }],
    ['test-report'],
    undefined,
    'test_report',
  );
  expect(alone!.bytes.toString()).toBe('a ***');
  const [output] = await taken(withSecret, ['docs']);
  expect(output!.bytes.toString('latin1')).toContain('secret-1');
  // Nothing else is left beside them.
  expect(readdirSync(join(folder, 'kept')).sort()).toEqual(
    [report, alone, output].map((one) => one!.sha256).sort(),
  );
});
