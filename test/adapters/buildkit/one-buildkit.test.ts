import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildkitUser } from '../../../src/domain/builds/buildkit-key.js';
import { oneBuildkit } from '../../../src/adapters/buildkit/one-buildkit.js';

const [A, B] = ['a', 'b'].map((tenantId): BuildkitUser => ({ tenantId, trust: 'untrusted' })) as [
  BuildkitUser,
  BuildkitUser,
];
const never = new AbortController().signal;

let stateFolder: string;
beforeEach(() => void (stateFolder = mkdtempSync(join(tmpdir(), 'kiln-one-'))));
afterEach(() => rmSync(stateFolder, { recursive: true }));

const at = (address: string, isShared = false) =>
  oneBuildkit({ address, buildctlPath: 'buildctl', isShared, stateFolder });

test("an operator's one BuildKit works for the tenant who came first, also after a restart, and for no other", async () => {
  expect(await at('unix:///b.sock').open(A, never)).toBe('unix:///b.sock');

  const restarted = at('unix:///b.sock');

  expect(await restarted.open(A, never)).toBe('unix:///b.sock');
  await expect(restarted.open(B, never)).rejects.toMatchObject({ code: 'builder_not_shared' });
});

test('nor for trusted builds of the same tenant', async () => {
  await at('unix:///b.sock').open(A, never);

  const asked = at('unix:///b.sock').open({ ...A, trust: 'trusted' }, never);

  await expect(asked).rejects.toMatchObject({ code: 'builder_not_shared' });
});

test('of several that come at once one is the first', async () => {
  const users = Array.from({ length: 20 }, (_, index) => ({ ...A, tenantId: `t${index}` }));

  const answers = await Promise.allSettled(users.map((user) => at('unix:///b.sock').open(user, never)));

  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('another BuildKit may work for another tenant', async () => {
  await at('unix:///b.sock').open(A, never);

  expect(await at('unix:///c.sock').open(B, never)).toBe('unix:///c.sock');
});

test('one that the operator has said to be shared works for everybody', async () => {
  await at('unix:///b.sock').open(A, never);

  expect(await at('unix:///b.sock', true).open(B, never)).toBe('unix:///b.sock');
});
