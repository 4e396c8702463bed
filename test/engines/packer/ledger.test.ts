import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearLedgers } from '../../../src/engines/packer/ledger.js';

const folder = mkdtempSync(join(tmpdir(), 'kiln-ledger-'));
const ledger = join(folder, 'tenant/ledger');
beforeEach(() => mkdirSync(ledger, { recursive: true }));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const anEntry = (name: string, controlGroup = '/kiln-none/b1-1/builder/packer'): string => {
  const file = join(ledger, name);
  writeFileSync(file, JSON.stringify({ controlGroup }));
  return file;
};

test('an entry is left alone as long as its lock is held, and cleared once its holder was killed', async () => {
  const file = anEntry('b1-1.json');
  const holder = spawn('flock', ['--exclusive', '--no-fork', file, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  holder.stdin.write('held');
  await once(holder.stdout, 'data');
  expect(await clearLedgers(folder)).toBe(0);
  expect(existsSync(file)).toBe(true);
  holder.kill('SIGKILL');
  await once(holder, 'close');
  expect(await clearLedgers(folder)).toBe(1);
  expect(readdirSync(ledger)).toEqual([]);
});

test('an entry that is still being written is left alone; clearing may be repeated', async () => {
  anEntry('.b2-1.json');
  expect(await clearLedgers(folder)).toBe(0);
  anEntry('b3-1.json');
  expect([await clearLedgers(folder), await clearLedgers(folder)]).toEqual([1, 0]);
  expect(readdirSync(ledger)).toEqual(['.b2-1.json']);
});

test.each(['/', '/system.slice', '/kiln-1/../system.slice/packer/..', 'not even JSON'])(
  'an entry that names %s removes nothing but itself',
  async (controlGroup) => {
    const file = anEntry('b4-1.json', controlGroup);
    expect(await clearLedgers(folder)).toBe(1);
    expect(existsSync(file)).toBe(false);
  },
);

test('without a ledger there is nothing to clear', async () => {
  expect(await clearLedgers(join(folder, 'absent'))).toBe(0);
});

const isRoot = process.getuid?.() === 0;
(isRoot ? test : test.skip)(
  'the folder that a killed run has mounted in is removed, and no other',
  async () => {
    const place = `/run/kiln-packer-test-${process.pid}`;
    mkdirSync(place);
    mkdirSync(join(folder, 'other'));
    for (const [at, named] of [place, join(folder, 'other'), '/run/kiln-packer-x/../..'].entries())
      writeFileSync(
        join(ledger, `b${at}-1.json`),
        JSON.stringify({ controlGroup: '/kiln-none/b1-1/builder/packer', folder: named }),
      );
    expect(await clearLedgers(folder)).toBe(3);
    expect([existsSync(place), existsSync(join(folder, 'other'))]).toEqual([false, true]);
  },
);
