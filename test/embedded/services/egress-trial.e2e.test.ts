import { afterEach, expect, test } from 'vitest';
import { execa } from 'execa';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { egressTrouble } from '../../../src/embedded/services/egress-firewall.js';
import { leftTrials, ruleTrouble } from '../../../src/embedded/services/egress-trial.js';

const TOOL = 'iptables';
const hasFirewall =
  process.getuid?.() === 0 && (await execa(TOOL, ['-w', '10', '-S'], { reject: false })).exitCode === 0;
const testOfRoot = hasFirewall ? test : test.skip;

const chain = (pid: number): string => `kiln-try-${pid}`;
const chains = async (): Promise<string[]> =>
  (await execa(TOOL, ['-w', '10', '-S'])).stdout.match(/(?<=^-N )kiln-try-\d+$/gm) ?? [];

/** A process that lives, one that is gone, and this one, which is told by its number what another process left. */
const ALIVE = process.ppid;
const OWN = process.pid;
const gone = async (): Promise<number> => {
  const ended = execa('true');
  const pid = ended.pid!;
  await ended;
  return pid;
};

let made: string[] = [];
afterEach(async () => {
  for (const name of made) {
    for (const step of ['-F', '-X']) await execa(TOOL, ['-w', '10', step, name], { reject: false });
  }
  made = [];
});

testOfRoot(
  'a trial of the firewall removes what killed ones left, and leaves the one of a process that lives',
  async () => {
    const dead = await gone();
    made = [dead, ALIVE, OWN].map(chain);
    for (const name of made) {
      await execa(TOOL, ['-w', '10', '-N', name]);
      await execa(TOOL, ['-w', '10', '-A', name, '-j', 'RETURN']);
    }

    expect(await egressTrouble()).toBeNull();

    const left = await chains();
    expect(left).toContain(chain(ALIVE));
    expect(left).not.toContain(chain(dead));
    expect(left).not.toContain(chain(OWN));
  },
);

test('only chains of trials count as left by one, whatever else a listing holds', () => {
  const listing = [
    '# Warning: iptables-legacy tables present, use iptables-legacy to see them',
    '-P INPUT ACCEPT',
    '-N kiln-try-7',
    '-N kiln-try-8',
    '-N kiln-try-8-mine',
    '-N kiln12ab34cd-out',
    '-A kiln-try-7 -j RETURN',
  ].join('\n');
  expect(leftTrials(listing, (pid) => pid === 8)).toEqual(['kiln-try-7']);
});

/** Keeps its chains in a file, writes down how it was called, and refuses to remove a chain the first time. */
const BUSY_TOOL = `#!/bin/sh
cd "$(dirname "$0")" && echo "$*" >> calls
[ "$1 $2" = "-w 10" ] || exit 9
case "$3" in
  -N) echo "-N $4" >> chains ;;
  -S) cat chains ;;
  -X) if [ -e refused ]; then : > chains; else : > refused; exit 4; fi ;;
esac
`;

test('a trial waits for the lock of the tables, and removes its chain again when that was refused once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kiln-firewall-'));
  const before = process.env['PATH'];
  writeFileSync(join(folder, TOOL), BUSY_TOOL, { mode: 0o755 });
  writeFileSync(join(folder, 'chains'), '');
  process.env['PATH'] = `${folder}:${before}`;
  try {
    expect(await ruleTrouble(TOOL, 1)).toBeNull();
    expect(readFileSync(join(folder, 'chains'), 'utf8')).toBe('');
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');
    expect(calls.filter((call) => !call.startsWith('-w 10 '))).toEqual([]);
    expect(calls.filter((call) => call.includes('-X'))).toHaveLength(2);
  } finally {
    process.env['PATH'] = before;
    rmSync(folder, { recursive: true, force: true });
  }
});
