import { describe, expect, it } from 'vitest';
import { CLI_COMMANDS } from '../../src/cli/command-table.js';
import { MAIN_COMMANDS } from '../../src/main/command-table.js';
import { runKiln } from './support/run-kiln.js';

const names = [...MAIN_COMMANDS, ...CLI_COMMANDS].map(({ name }) => name);

describe('help', () => {
  it.each(names)('of kiln %s shows how it is used', async (name) => {
    const { exitCode, stdout } = await runKiln([name, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^  .*kiln ${name}\\b`, 'm'));
    expect(stdout).toMatch(/^Usage: .*\n\n[A-Z].*/);
    expect((await runKiln(['help', name])).stdout).toBe(stdout);
  });

  it('says of each command what it does, in one line', async () => {
    const { stdout } = await runKiln(['--help']);
    for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name} +[a-z].{10,}$`, 'm'));
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([
    [['bulid'], 'build'],
    [['help', 'bulid'], 'build'],
    [['help', 'shwo'], 'show'],
    [['secrets', 'lst'], 'list'],
    [['build', '--platfrom', 'x'], '--platform'],
  ])('for %j suggests %s', async (argv, nearest) => {
    const { exitCode, stdout, stderr } = await runKiln(argv);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`(Did you mean ${nearest}?)`);
  });
});
