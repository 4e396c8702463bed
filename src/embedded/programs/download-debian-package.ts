import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { refusalOfApt } from './apt-consent.js';
import { lastLines, runCommand } from './run-command.js';

/**
 * Downloads a package of the Debian release this machine runs and unpacks it into `folder`. Nothing is installed on
 * the machine and no rights are needed: apt checks the signature, and where the machine has no package lists yet they
 * are fetched into `folder` as well. Rejects where there is no apt, and where apt may not be used (apt-consent.ts).
 */
export async function unpackDebianPackage(name: string, folder: string): Promise<void> {
  const refusal = refusalOfApt();
  if (refusal !== undefined) throw new KilnError('program_install_failed', { message: refusal });
  const download = join(folder, 'apt');
  await mkdir(join(download, 'lists', 'partial'), { recursive: true });
  await mkdir(join(download, 'cache', 'archives', 'partial'), { recursive: true });
  let result = await runCommand('apt-get', ['-q', 'download', name], { cwd: download });
  if (result.code !== 0) {
    const places = [
      '-o',
      `Dir::State::lists=${join(download, 'lists')}`,
      '-o',
      `Dir::Cache=${join(download, 'cache')}`,
    ];
    await runCommand('apt-get', ['-q', ...places, 'update'], { cwd: download });
    result = await runCommand('apt-get', ['-q', ...places, 'download', name], { cwd: download });
  }
  const file = (await readdir(download)).find(
    (entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'),
  );
  if (file === undefined) {
    throw new KilnError('program_install_failed', {
      message: `apt-get download ${name} failed:\n${lastLines(result.output, 4)}`,
    });
  }
  const unpacked = await runCommand('dpkg', ['-x', join(download, file), folder]);
  if (unpacked.code !== 0) {
    throw new KilnError('program_install_failed', {
      message: `dpkg -x ${file} failed:\n${lastLines(unpacked.output, 4)}`,
    });
  }
}
