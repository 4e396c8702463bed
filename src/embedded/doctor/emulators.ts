import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoctorRow } from '../doctor.js';

const FOLDER = '/proc/sys/fs/binfmt_misc';

/**
 * Which foreign platforms programs of builds can run under. An emulator has to be opened when it is registered (flag F): a RUN step sees
 * nothing of the host's files.
 */
export async function checkEmulators(folder = FOLDER): Promise<DoctorRow> {
  const names = await readdir(folder).catch(() => []);
  const entries = await Promise.all(
    names
      .filter((name) => name.startsWith('qemu-'))
      .sort()
      .map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8').catch(() => '') })),
  );
  const isOn = ({ text }: { text: string }): boolean => /^enabled$/m.test(text);
  const useful = entries.filter((entry) => isOn(entry) && /^flags:.*F/m.test(entry.text));
  const closed = entries.filter((entry) => isOn(entry) && !useful.includes(entry));
  const remedy =
    closed.length > 0
      ? `${closed.map(({ name }) => name).join(', ')} cannot be used by builds: register with the flag F (package qemu-user-static does).`
      : useful.length > 0
        ? ''
        : 'RUN steps for other platforms need `apt-get install qemu-user-static`; nothing else does.';
  return {
    name: 'emulators',
    status: 'ok',
    version: useful.map((entry) => entry.name.replace('qemu-', '')).join(', ') || 'none',
    origin: 'machine',
    path: names.length === 0 ? '' : folder,
    remedy,
  };
}
