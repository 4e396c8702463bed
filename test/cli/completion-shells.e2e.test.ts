import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { completionScript, type Shell, SHELLS } from '../../src/cli/completion/script.js';

const KILN = new URL('../../bin/kiln.cjs', import.meta.url).pathname;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kiln-completion-'));
  writeFileSync(path.join(folder, 'kiln'), `#!/bin/sh\nexec '${process.execPath}' '${KILN}' "$@"\n`);
  chmodSync(path.join(folder, 'kiln'), 0o755);
  for (const shell of SHELLS) writeFileSync(path.join(folder, `kiln.${shell}`), completionScript(shell));
  mkdirSync(path.join(folder, 'empty'));
  execFileSync(path.join(folder, 'kiln'), ['--version']);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script of a shell that has loaded nothing but what it names itself. */
async function inShell(shell: Shell, script: string, args: readonly string[] = []): Promise<string[]> {
  const bare: Record<Shell, string[]> = {
    bash: ['--norc', '-uc'],
    zsh: ['-fc'],
    fish: ['--no-config', '-c'],
  };
  const { stdout } = await promisify(execFile)(
    shell,
    [...bare[shell], script, ...(shell === 'fish' ? [] : [shell]), ...args],
    {
      cwd: path.join(folder, 'empty'),
      timeout: 50_000,
      env: { HOME: folder, TERM: 'dumb', PATH: `${folder}:${process.env['PATH']}` },
    },
  );
  return stdout.split(/\r?\n/).filter((line) => line !== '');
}

const BASH = `source "$1"; shift
COMP_WORDS=(kiln "$@"); COMP_CWORD=$#
complete -p kiln >&2; _kiln kiln; printf '%s\\n' \${COMPREPLY[@]+"\${COMPREPLY[@]}"}`;

it('bash completes commands and options from the function that it is given', async () => {
  const script = path.join(folder, 'kiln.bash');
  expect(await inShell('bash', BASH, [script, 'bui'])).toEqual(['build', 'builds']);
  expect(await inShell('bash', BASH, [script, 'builds', '--status', 'f'])).toEqual(['failed']);
  expect(await inShell('bash', BASH, [script, 'build', 'app/'])).toEqual([]);
});

it('bash evaluates nothing of what was typed', async () => {
  const script = path.join(folder, 'kiln.bash');
  for (const word of ['$(touch owned)', '`touch owned`', '; touch owned', "'"])
    expect(await inShell('bash', BASH, [script, 'show', word])).toEqual([]);
  expect(existsSync(path.join(folder, 'empty', 'owned'))).toBe(false);
});

const isInstalled = (shell: Shell): boolean =>
  (process.env['PATH'] ?? '').split(path.delimiter).some((place) => existsSync(path.join(place, shell)));

/** Types into an interactive zsh and presses Tab, as a person does; answers with what is on the line then. */
const ZSH = `zmodload zsh/zpty
zpty -b kiln zsh -f -i
zpty -w kiln 'PS1=; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source '$1'; echo rea""dy'
zpty -r -m kiln line '*ready*'
zpty -w -n kiln "$2"$'\\t'
zpty -r -m kiln line "*$3*" && print found
zpty -d kiln`;

const others: Partial<Record<Shell, () => Promise<void>>> = {
  zsh: async () => {
    const script = path.join(folder, 'kiln.zsh');
    expect(await inShell('zsh', ZSH, [script, 'kiln whoa', 'kiln whoami'])).toEqual(['found']);
    expect(await inShell('zsh', ZSH, [script, 'kiln builds --status can', 'cancelled'])).toEqual(['found']);
  },
  fish: async () => {
    const ask = (line: string): Promise<string[]> =>
      inShell('fish', `source ${path.join(folder, 'kiln.fish')}; complete -C '${line}'`);
    expect(await ask('kiln bui')).toEqual([
      expect.stringMatching(/^build\tbuild an image/),
      expect.stringMatching(/^builds\t/),
    ]);
    expect(await ask('kiln builds --status f')).toEqual(['failed']);
  },
};

for (const [shell, completes] of Object.entries(others)) {
  if (isInstalled(shell as Shell)) it(`${shell} completes commands and values`, completes);
}
