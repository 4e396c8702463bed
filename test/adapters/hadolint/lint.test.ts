import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHadolint } from '../../../src/adapters/hadolint/lint.js';

const never = new AbortController().signal;
let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'kiln-lint-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A hadolint that does what the script says. It starts late on a busy machine, where it goes last. */
function standIn(script: string, timeoutMs = 50_000): ReturnType<typeof createHadolint> {
  const program = path.join(folder, 'hadolint');
  writeFileSync(program, `#!${process.execPath}\n${script}\n`);
  chmodSync(program, 0o755);
  return createHadolint(program, { timeoutMs });
}

const finding = (fields: object): string =>
  JSON.stringify([
    { code: 'DL3006', level: 'warning', line: 1, column: 1, file: '-', message: 'm', ...fields },
  ]);

describe('a lint with hadolint', () => {
  test('hands over the Dockerfile on stdin and nothing of this process, and reads what it prints', async () => {
    const lint = standIn(`
      const text = require('node:fs').readFileSync(0, 'utf8');
      const message = JSON.stringify([text, process.argv.slice(2), process.cwd(), Object.keys(process.env)]);
      console.log(JSON.stringify([{ code: 'DL3006', level: 'warning', line: 1, column: 2, message }]));
      process.exitCode = 1;`);
    const [found, ...more] = await lint('FROM a\n', 'ignored: [DL3007]', never);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      foundBy: 'hadolint',
      rule: 'DL3006',
      severity: 'warning',
      line: 1,
      column: 2,
      link: 'https://github.com/hadolint/hadolint/wiki/DL3006',
    });
    expect(JSON.parse(found!.message)).toEqual([
      'FROM a\n',
      ['+RTS', '-M256m', '-RTS', '--ignore=DL3007', '--format=json', '-'],
      '/',
      ['HOME', 'XDG_CONFIG_HOME', 'LC_ALL'],
    ]);
  });

  test('looks once at what it has seen already, and again under other settings or after it has failed', async () => {
    const tries = path.join(folder, 'tries');
    const lint = standIn(`
      require('node:fs').appendFileSync(${JSON.stringify(tries)}, 'x');
      const text = require('node:fs').readFileSync(0, 'utf8');
      if (text === 'fails' && require('node:fs').statSync(${JSON.stringify(tries)}).size === 3) process.exit(2);
      console.log(${JSON.stringify(finding({}))});`);
    const first = await lint('FROM a\n', null, never);
    expect(await lint('FROM a\n', null, never)).toEqual(first);
    expect(statSync(tries).size).toBe(1);
    await lint('FROM a\n', 'ignored: [DL3007]', never);
    expect(statSync(tries).size).toBe(2);
    await expect(lint('fails', null, never)).rejects.toThrow();
    expect(await lint('fails', null, never)).toEqual(first);
    expect(statSync(tries).size).toBe(4);
  });

  test('links the rules of ShellCheck to ShellCheck', async () => {
    const lint = standIn(`console.log(${JSON.stringify(finding({ code: 'SC2086' }))})`);
    expect(await lint('FROM a\n', null, never)).toMatchObject([
      { link: 'https://www.shellcheck.net/wiki/SC2086' },
    ]);
  });

  test('says that it could not read a file, and calls that no error', async () => {
    const lint = standIn(`console.log(${JSON.stringify(finding({ code: 'DL1000', level: 'error' }))})`);
    expect(await lint('FROM a\n', null, never)).toMatchObject([
      { severity: 'info', message: expect.stringContaining('cannot read') as unknown },
    ]);
  });

  test('says that the settings of the source are not obeyed, and lints without them', async () => {
    const lint = standIn(`console.log(${JSON.stringify(finding({}))})`);
    const found = await lint('FROM a\n', 'ignored: 3', never);
    expect(found.map(({ rule }) => rule)).toEqual(['settings', 'DL3006']);
  });

  test('leaves files alone that would take it long', async () => {
    const lint = standIn('process.exit(7)');
    await expect(lint(`FROM a\n${'#'.repeat(70_000)}`, null, never)).resolves.toEqual([]);
  });

  test.each([
    ['ends badly', 'process.exit(7)'],
    ['prints something else', 'console.log("Segmentation fault")'],
    ['prints without end', 'for (;;) require("node:fs").writeSync(1, "x".repeat(65536))'],
    ['is no program', null],
  ])('raises when the program %s', async (_what, script) => {
    const lint = script === null ? createHadolint(path.join(folder, 'none')) : standIn(script);
    await expect(lint('FROM a\n', null, never)).rejects.toThrow();
  });

  test('gives up when the time is over', async () => {
    const lint = standIn('setInterval(() => {}, 1000)', 100);
    await expect(lint('FROM a\n', null, never)).rejects.toThrow();
  });

  test('ends with the run', async () => {
    const stop = new AbortController();
    const lint = standIn('setInterval(() => {}, 1000)');
    const linting = lint('FROM a\n', null, stop.signal);
    stop.abort();
    await expect(linting).rejects.toThrow();
  });
});
