import { dirname } from 'node:path';
import { findTrees, groupTrouble } from '../../adapters/cgroup/run-groups.js';
import { freeBytes } from '../../adapters/disk/free-bytes.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { DISK_RESERVE_BYTES } from '../../domain/limits/disk-reserve.js';
import type { DoctorRow } from '../doctor.js';
import { checkEmulators } from './emulators.js';
import { compareVersions } from '../programs/version.js';

const NEEDED_NODE = '20.3.0';
const COMFORTABLE_BYTES = 10e9;

/** Checks what Kiln needs of the machine besides programs: Node, disk, rights, limits for builds. */
export async function checkMachine(stateFolder: string): Promise<DoctorRow[]> {
  return [
    checkNode(process.versions.node),
    await checkDisk(stateFolder),
    checkUser(process.getuid?.()),
    checkCgroups(),
    await checkEmulators(),
  ];
}

function checkNode(version: string): DoctorRow {
  const isOld = compareVersions(version, NEEDED_NODE) < 0;
  return row(
    'node',
    isOld ? 'missing' : 'ok',
    version,
    process.execPath,
    isOld ? `Install Node ${NEEDED_NODE} or newer.` : '',
  );
}

async function checkDisk(stateFolder: string): Promise<DoctorRow> {
  const free = await freeBytesOfNearest(stateFolder);
  if (free === null) return row('disk', 'warn', 'unknown', stateFolder, 'See with `df` how much is free.');
  const status = free < DISK_RESERVE_BYTES ? 'missing' : free < COMFORTABLE_BYTES ? 'warn' : 'ok';
  const remedy =
    status === 'ok' ? '' : 'Free some space: images and build caches need 10 GB to be comfortable.';
  return row('disk', status, `${formatBytes(free)} free`, stateFolder, remedy);
}

function checkUser(userId: number | undefined): DoctorRow {
  if (userId === 0) return row('user', 'ok', 'root', '', '');
  const remedy =
    'As an ordinary user BuildKit runs under rootlesskit: RUN steps share the process list of your user.';
  return row('user', 'warn', `uid ${userId ?? '?'}`, '', remedy);
}

function checkCgroups(): DoctorRow {
  if (process.platform !== 'linux') {
    return row(
      'cgroups',
      'missing',
      process.platform,
      '',
      'BuildKit runs on Linux: run Kiln in a Linux machine.',
    );
  }
  const trees = findTrees();
  const versions = [...new Set(trees.map(({ version }) => `v${version}`))].sort().join('+');
  const trouble = groupTrouble(trees);
  return row(
    'cgroups',
    trouble === null ? 'ok' : 'warn',
    versions === '' ? 'none' : versions,
    versions === '' ? '' : '/sys/fs/cgroup',
    trouble === null
      ? ''
      : `Memory, CPUs and processes of builds are neither limited nor wholly measured: ${trouble}. Run Kiln as root with /sys/fs/cgroup writable, or give the supervisor a group that it may write with KILN_CGROUP_PARENT.`,
  );
}

/** Also of a folder that is yet to be made. */
async function freeBytesOfNearest(folder: string): Promise<number | null> {
  const free = await freeBytes(folder);
  return free !== null || folder === dirname(folder) ? free : freeBytesOfNearest(dirname(folder));
}

function row(
  name: string,
  status: DoctorRow['status'],
  version: string,
  path: string,
  remedy: string,
): DoctorRow {
  return { name, status, version, origin: 'machine', path, remedy };
}
