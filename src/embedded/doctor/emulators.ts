import { BINFMT_FOLDER, readEmulators } from '../machine-platforms.js';
import type { DoctorRow } from '../doctor.js';

/** Which foreign platforms programs of builds can run under. */
export async function checkEmulators(folder = BINFMT_FOLDER): Promise<DoctorRow> {
  const emulators = await readEmulators(folder);
  const useful = emulators.filter(({ isForBuilds }) => isForBuilds).map(({ name }) => name);
  const closed = emulators.filter(({ isForBuilds }) => !isForBuilds).map(({ name }) => `qemu-${name}`);
  const remedy =
    closed.length > 0
      ? `${closed.join(', ')} cannot be used by builds: register with the flag F (package qemu-user-static does).`
      : useful.length > 0
        ? ''
        : 'RUN steps for other platforms need `apt-get install qemu-user-static`; nothing else does.';
  return {
    name: 'emulators',
    status: 'ok',
    version: useful.join(', ') || 'none',
    origin: 'machine',
    path: emulators.length === 0 ? '' : folder,
    remedy,
  };
}
