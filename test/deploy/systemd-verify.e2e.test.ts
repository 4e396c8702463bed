import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test as it } from 'vitest';

const UNITS = new URL('../../deploy/systemd/', import.meta.url).pathname;
const NAMES = readdirSync(UNITS);
/** Worst of 10.0 that `systemd-analyze security` may find, times ten. */
const EXPOSURE_LIMIT = '20';

const test = spawnSync('systemd-analyze', ['--version']).status === 0 ? it : it.skip;
let root: string;

/** A file system with the units, the programs that they start, and the targets that every unit leans on. */
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'kiln-units-'));
  const units = path.join(root, 'etc/systemd/system');
  cpSync(UNITS, units, { recursive: true });
  for (const name of ['sysinit', 'basic', 'shutdown', 'multi-user', 'network-online']) {
    writeFileSync(path.join(units, `${name}.target`), '[Unit]\nDefaultDependencies=no\n');
  }
  for (const program of ['usr/bin/node', 'usr/local/bin/buildkitd']) {
    mkdirSync(path.dirname(path.join(root, program)), { recursive: true });
    writeFileSync(path.join(root, program), '', { mode: 0o755 });
  }
});
afterEach(() => rmSync(root, { recursive: true }));

function analyze(...args: string[]): { readonly status: number | null; readonly said: string } {
  const ran = spawnSync('systemd-analyze', [...args, `--root=${root}`, '--no-pager'], { encoding: 'utf8' });
  return { status: ran.status, said: ran.stderr };
}

test('systemd takes every unit without a word', () => {
  expect(analyze('verify', ...NAMES)).toEqual({ status: 0, said: '' });
});

test('a setting that systemd does not know would be told', () => {
  const unit = path.join(root, 'etc/systemd/system/kiln-api.service');
  writeFileSync(unit, readFileSync(unit, 'utf8').replace('RestartSec=', 'RestrtSec='));
  expect(analyze('verify', 'kiln-api.service').said).toContain("Unknown key 'RestrtSec'");
});

test.each(NAMES.filter((name) => name !== 'kiln-buildkit.service'))(
  "%s leaves its process little of the machine, by systemd's own measure",
  (name) => {
    expect(analyze('security', '--offline=true', `--threshold=${EXPOSURE_LIMIT}`, name).status).toBe(0);
  },
);
