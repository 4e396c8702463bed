import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openScanner } from '../../../src/adapters/inspection/open-scanner.js';
import { type ProgramBounds, runProgram } from '../../../src/adapters/inspection/run-program.js';

const BOUNDS: ProgramBounds = { timeoutMs: 20_000, memoryBytes: 512 * 1024 ** 2, diskBytes: 1024 ** 2 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-run-program-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function aProgram(script: string): string {
  const file = join(folder, 'scanner');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const run = (script: string, over: Partial<ProgramBounds> = {}, signal = new AbortController().signal) =>
  runProgram(aProgram(script), [], { folder, bounds: { ...BOUNDS, ...over }, signal });

test('a program gets an environment of its own, and what it prints is its answer', async () => {
  process.env['KILN_TEST_CANARY'] = 'secret';
  const end = await run('env');
  delete process.env['KILN_TEST_CANARY'];
  const printed = 'stdout' in end ? end.stdout.toString() : '';
  expect(printed).toContain(`HOME=${folder}\n`);
  expect(printed).not.toContain('secret');
});

test('a program leaves the processors to others, also where the kernel shares them between sessions', async () => {
  const sharesBySession = existsSync('/proc/self/autogroup');
  const end = await run(`sleep 0.2; nice; ${sharesBySession ? 'cat /proc/self/autogroup' : 'echo nice 19'}`);
  const printed = 'stdout' in end ? end.stdout.toString() : '';
  expect(printed).toMatch(/^19\n(?:\/autogroup-\d+ )?nice 19\n$/);
});

test.each<[string, string, Partial<ProgramBounds>, RegExp]>([
  [
    'fails',
    'echo "\u001b[31mno such image\u001b[0m" >&2; exit 3',
    {},
    /^scanner ended with 3: no such image$/,
  ],
  ['takes too long', 'exec sleep 60', { timeoutMs: 300 }, /^scanner took longer than/],
  [
    'unpacks too much',
    'head -c 3000000 /dev/zero > big; exec sleep 60',
    {},
    /^scanner unpacked more than 1\.0 MB$/,
  ],
  ['takes too much memory', 'exec sleep 60', { memoryBytes: 1 }, /^scanner took more than/],
])('a program that %s is ended, and why is said', async (_name, script, bounds, reason) => {
  expect(await run(script, bounds)).toEqual({ failureReason: expect.stringMatching(reason) });
});

test('a program that is not there, and one that is stopped', async () => {
  const missing = await runProgram(join(folder, 'nothing'), [], {
    folder,
    bounds: BOUNDS,
    signal: new AbortController().signal,
  });
  expect(missing).toEqual({ failureReason: expect.stringMatching(/^nothing ended with 12[67]/) });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 100);
  await expect(run('exec sleep 60', {}, stop.signal)).rejects.toThrow(/abort/);
});

const open = (script: string) =>
  openScanner(
    aProgram(script),
    { database: '/srv/grype', userCache: '/nowhere' },
    new AbortController().signal,
  );
const GRYPE = `case "$1" in
  version) echo '{"application":"grype","version":"0.121.3"}' ;;
  db) echo '{"valid":true,"schemaVersion":"v6.1.10","built":"2026-11-29T17:04:51Z"}' ;;
`;

test('a scanner judges by the database that is set, without looking for a newer one', async () => {
  const scanner = await open(`${GRYPE}  sbom:*) env > "${folder}/env"; echo '{"matches":[]}' ;; esac`);
  expect(scanner).toMatchObject({
    tool: 'grype 0.121.3',
    database: { version: 'v6.1.10', builtAt: '2026-11-29T17:04:51.000Z' },
  });
  if ('failureReason' in scanner) throw new Error(scanner.failureReason);
  const scan = await scanner.scan(Buffer.from('{}'), new AbortController().signal);
  expect(scan).toMatchObject({
    tool: 'grype 0.121.3',
    findings: [],
    report: Buffer.from('{"matches":[]}'),
  });
  const { readFileSync } = await import('node:fs');
  expect(readFileSync(join(folder, 'env'), 'utf8').split('\n')).toEqual(
    expect.arrayContaining(['GRYPE_DB_AUTO_UPDATE=false', 'GRYPE_DB_CACHE_DIR=/srv/grype']),
  );
});

test.each([
  ['says nothing that is known', `${GRYPE}  sbom:*) echo '{"matches":null}' ;; esac`],
  ['fails', `${GRYPE}  sbom:*) echo broken >&2; exit 1 ;; esac`],
])('a scanner that %s has found nothing, which is a reason and no result', async (_name, script) => {
  const scanner = await open(script);
  if ('failureReason' in scanner) throw new Error(scanner.failureReason);
  expect(await scanner.scan(Buffer.from('{}'), new AbortController().signal)).toEqual({
    failureReason: expect.stringMatching(/is not understood|scanner ended with 1: broken/),
  });
});

test('a scanner without a database, and a program that is none, are refused with what to do', async () => {
  expect(
    await open(
      `case "$1" in version) echo '{"application":"grype","version":"0.121.3"}' ;; db) echo '{"valid":false,"error":"database does not exist"}' ;; esac`,
    ),
  ).toEqual({
    failureReason:
      'the database of grype cannot be used (database does not exist): run `grype db update` as the user of the controller, or set KILN_SCANNER_DATABASE',
  });
  expect(await open('echo hello')).toEqual({
    failureReason: expect.stringMatching(/is neither grype nor trivy: set KILN_SCANNER to one of them$/),
  });
  expect(await open('echo "the config of the scanner is broken" >&2; exit 1')).toEqual({
    failureReason: expect.stringMatching(
      /cannot be asked what it is \(scanner ended with 1: the config of the scanner is broken\): mend that/,
    ),
  });
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`kiln-inspection-${process.pid}-`))).toEqual(
    [],
  );
});
