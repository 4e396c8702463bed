import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { pruneCache } from '../../../src/adapters/buildkit/prune-cache.js';

it('lets a prune go on to its end however long its listing is', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-prune-'));
  const buildctl = path.join(folder, 'buildctl');
  const script = `#!${process.execPath}
require('node:fs').writeSync(1, Buffer.alloc(3e6, 'x'));
require('node:fs').writeFileSync(${JSON.stringify(path.join(folder, 'done'))}, process.argv.slice(2).join(' '));
`;
  await writeFile(buildctl, script, { mode: 0o755 });
  await pruneCache(buildctl, 'unix:///b.sock', 3e9, new AbortController().signal);
  expect(await readFile(path.join(folder, 'done'), 'utf8')).toBe(
    '--addr unix:///b.sock prune --free-storage 3000',
  );
  await rm(folder, { recursive: true });
});
