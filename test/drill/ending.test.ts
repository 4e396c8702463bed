import { afterEach, expect, test } from 'vitest';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drill } from '../../drill/drill.js';
import { processesOf } from '../../drill/stub-host.js';
import { writeEvidence } from '../../drill/write-evidence.js';
import { build, evidence } from './some-evidence.js';

const folders: string[] = [];
const aFolder = (): string => {
  folders.push(mkdtempSync(join(tmpdir(), 'kiln-ending-')));
  return folders.at(-1)!;
};
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A Kiln that has a service and never gets ready. */
const KILN = `
const { mkdirSync, writeFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const state = process.argv[4];
mkdirSync(state, { recursive: true });
spawn('sleep', ['60'], { cwd: state, stdio: 'ignore' });
writeFileSync(state + '/began', '');
setInterval(() => {}, 1_000);
`;

test('a drill that is interrupted while its Kiln starts ends it with what it had started, and removes its state', async () => {
  const [root, scratch] = [aFolder(), aFolder()];
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/kiln.cjs'), KILN);
  const interrupted = new AbortController();
  const drilling = drill({
    ...{ root, scratch, orders: [], plan: [], atOnce: 1, leaseTtlMs: 1, endTimeoutMs: 1, restTimeoutMs: 1 },
    ...{ sabotage: [], say: () => undefined, signal: interrupted.signal },
  });
  while (!existsSync(join(scratch, 'state/began'))) await sleep(5);
  expect(processesOf(scratch)).toHaveLength(2);
  interrupted.abort();
  await expect(drilling).rejects.toThrow('interrupted');
  while (processesOf(scratch).length > 0) await sleep(5);
  expect(existsSync(join(scratch, 'state'))).toBe(false);
});

test('the evidence lies beside the history: rows, effects, what the registry said, faults and violations', () => {
  const folder = aFolder();
  const times = { resumedP95Ms: 1, lostWorkerToRunningP95Ms: null, lostBuilds: 0, stackResumedMs: null };
  writeEvidence(folder, {
    ...{ evidence: evidence(), violations: [{ promise: 'G1', buildId: null, evidence: 'lost' }] },
    ...{ faults: [], leftOut: [], times },
  });
  const kept: unknown = JSON.parse(readFileSync(join(folder, 'evidence.json'), 'utf8'));
  const { builds, served, openWorkflows } = evidence();
  expect(kept).toMatchObject({
    builds,
    served,
    openWorkflows,
    violations: [{ evidence: 'lost' }],
    faults: [],
  });
  expect(kept).toMatchObject({ effects: expect.any(Array), builds: [build] });
  expect(kept).not.toHaveProperty('history');
});
