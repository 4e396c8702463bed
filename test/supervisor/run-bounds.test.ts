import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LeaseGrant } from '../../src/contracts/supervisor.js';
import { effectiveLimits } from '../../src/domain/limits/effective-limits.js';
import { Journal } from '../../src/supervisor/journal.js';
import { RunBounds } from '../../src/supervisor/run-bounds.js';

test('a run beyond its limits is ended also when the disk takes no word about it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-bounds-'));
  const limits = effectiveLimits({ project: { workspace_max_bytes: 1024 ** 2 } });
  const lease = { buildId: 'b', attempt: 1, leaseId: 'l', fence: 1 };
  const journal = await Journal.create(folder, lease, { run: { limits } } as LeaseGrant);
  await mkdir(path.join(journal.folder, 'state.json.tmp'));
  await writeFile(path.join(journal.folder, 'large'), Buffer.alloc(2 * 1024 ** 2, 1));
  const errors: unknown[] = [];
  const ended = new Promise<void>((resolve) => {
    const bounds = new RunBounds(
      journal,
      1,
      () => Promise.resolve(resolve()),
      (error) => errors.push(error),
    );
    bounds.start();
  });
  await ended;
  expect(errors).toEqual([expect.objectContaining({ code: 'EISDIR' })]);
  await rm(folder, { recursive: true });
});
