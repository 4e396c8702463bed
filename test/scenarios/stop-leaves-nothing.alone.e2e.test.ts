import { afterEach, expect, test } from 'vitest';
import { execa } from 'execa';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isSameProcess, processStartTime } from '../../src/embedded/process-identity.js';
import { listRoots } from '../../src/embedded/services/buildkit-root.js';
import { startKiln, type TestKiln } from './kiln.js';
import { runInside, traces, type RunTraces } from './traces.js';

const ENTRY = fileURLToPath(new URL('../../bin/kiln.cjs', import.meta.url));

let kiln: TestKiln | null = null;
afterEach(async () => {
  if (kiln === null) return;
  await down(kiln);
  rmSync(kiln.stateFolder, { recursive: true, force: true });
  kiln = null;
}, 120_000);

const down = ({ stateFolder }: TestKiln) =>
  execa(process.execPath, [ENTRY, 'down', '--state', stateFolder], { reject: false });

const endOf = async (pid: number): Promise<void> => {
  while (processStartTime(pid) !== undefined) await sleep(50);
};

/** A Kiln with a build that is in the middle of a RUN step, and what can be seen of it on the machine. */
async function inMidRun(): Promise<{ kiln: TestKiln; run: RunTraces }> {
  kiln = await startKiln();
  const mark = `mark-${process.pid}-${Date.now()}`;
  await kiln.build(`FROM ${kiln.baseImage}\nRUN sleep 300 && echo ${mark}`);
  const [root] = await listRoots(kiln.stateFolder);
  for (let tries = 0; tries < 600; tries += 1) {
    const run = await runInside(root!.folder, mark);
    if (run !== null) return { kiln, run };
    await sleep(100);
  }
  throw new RangeError('The RUN step did not start in a minute.');
}

test.each<[string, (kiln: TestKiln) => Promise<unknown>]>([
  ['`kiln down`', down],
  ['SIGTERM to `kiln up`', async ({ access }) => endOf((process.kill(access.pid, 'SIGTERM'), access.pid))],
  [
    '`kiln down` after a kill -9 of `kiln up`',
    async (it) => {
      process.kill(it.access.pid, 'SIGKILL');
      await endOf(it.access.pid);
      expect((await traces(it.stateFolder)).processes).not.toEqual([]);
      expect((await down(it)).stdout).toContain('Stopped');
    },
  ],
])(
  '%s in the middle of a RUN step leaves no process, mount, link, firewall rule or namespace',
  async (_name, stop) => {
    const { chains: chainsBefore } = await traces('/no/such/folder');
    const { kiln: running, run } = await inMidRun();
    const before = await traces(running.stateFolder, run);
    // An ordinary user's lie in the mount namespace of rootlesskit and go with its last process.
    if (process.getuid?.() === 0) expect(before.mounts).not.toEqual([]);
    expect(before.processes).not.toEqual([]);
    if (run.bridge !== null) {
      expect(before.links).toHaveLength(2);
      expect(before.rules.join('\n')).toMatch(/CNI-FORWARD -d \S+[^]*MASQUERADE/);
      expect(before.namespaces).not.toEqual([]);
    }

    await stop(running);

    const left = await traces(running.stateFolder, run);
    expect({ ...left, chains: left.chains.filter((line) => !chainsBefore.includes(line)) }).toEqual({
      processes: [],
      mounts: [],
      links: [],
      rules: [],
      chains: [],
      namespaces: [],
    });
    expect(run.processes.filter(isSameProcess)).toEqual([]);
  },
  300_000,
);
