import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Confinement, RunPlan } from '../../ports/engine.js';

/** An image without a file: all that a container has comes from the host, by mounts. */
export const EMPTY_IMAGE = 'kiln-empty:1';
/** Label of every container of a run: the folder of the run. */
export const FOLDER_LABEL = 'kiln.run-folder';

const TEMPORARY = `rw,nosuid,nodev,size=${256 * 1024 ** 2}`;
/** Docker's init then passes a signal on to the whole process group, as the runner local does. */
const TO_ALL = 'TINI_KILL_PROCESS_GROUP';
/** The program takes the place of the shell, so that nothing stands between it and its signals. `$0` is busybox. */
const TO_FILES = `unset ${TO_ALL}; out=$1; err=$2; shift 2; exec "$@" >>"$out" 2>>"$err"`;
/**
 * The engine gives nobody but the privileged control groups that can be written. The tree begins at the container's own here: whatever path
 * a builder was told for its groups, they lie below that, and its limits hold for them.
 */
const OPEN_GROUPS =
  'for at in /sys/fs/cgroup /sys/fs/cgroup/*; do "$0" mount -o remount,bind,rw,nosuid,nodev,noexec none "$at"; done 2>/dev/null';
/**
 * Of root, for what starts containers itself: to make namespaces and mounts and bring up their networks, and what it gives on to the
 * containers.
 */
const NESTING = [
  ...['SYS_ADMIN', 'NET_ADMIN', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETGID', 'SETUID', 'SETFCAP'],
  ...['SETPCAP', 'SYS_CHROOT', 'SYS_PTRACE', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'AUDIT_WRITE'],
];
/** Filters and profiles of the engine refuse what makes containers; those that are started inside have filters of their own. */
const NESTED = {
  CapAdd: NESTING,
  SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable'],
  CgroupnsMode: 'private',
  // With a part of it hidden the kernel lets nobody mount sysfs in a namespace of users; every container that is started hides that itself.
  MaskedPaths: [],
  ReadonlyPaths: [],
};

/** Where output goes to and what the container is made of. Absolute paths of the host. */
export interface ContainerParts {
  readonly folder: string;
  readonly stdout: string;
  readonly stderr: string;
  /** A static busybox. */
  readonly busybox: string;
  readonly readOnly: readonly string[];
  readonly writable: readonly string[];
  readonly user: string;
  /** Whether the engine makes control groups at the path that it is told. */
  readonly takesGroupPath: boolean;
  /** How many it has; it refuses to limit a container to more. */
  readonly cpus: number;
}

/** A name that says which run it is, and that two Kilns of one engine never share. */
export function containerName(folder: string): string {
  const run = path.basename(path.dirname(folder)).replaceAll(/[^A-Za-z0-9_.-]/g, '-');
  return `kiln-${run}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
}

/** The container of a plan, as the engine's `POST /containers/create` takes it. */
export function containerConfig(plan: RunPlan, confinement: Confinement, parts: ContainerParts): object {
  const { limits, reach, controlGroup, startsContainers = false } = confinement;
  const mounts = [
    ...[parts.stdout, parts.stderr, ...parts.writable].map((source) => mount(source, false)),
    ...[parts.busybox, ...parts.readOnly].map((source) => mount(source, true)),
  ];
  return {
    Image: EMPTY_IMAGE,
    Labels: { [FOLDER_LABEL]: parts.folder },
    Entrypoint: [
      ...[parts.busybox, 'sh', '-c', startsContainers ? `${OPEN_GROUPS}; ${TO_FILES}` : TO_FILES],
      ...[parts.busybox, parts.stdout, parts.stderr],
    ],
    Cmd: plan.argv,
    // A name without a value takes away what the engine would set.
    Env: ['HOSTNAME', `${TO_ALL}=1`, ...Object.entries(plan.env).map(([name, value]) => `${name}=${value}`)],
    WorkingDir: plan.cwd,
    User: parts.user,
    NetworkDisabled: reach.network === 'none',
    HostConfig: {
      Mounts: mounts.filter(({ Target: target }, index) => firstAt(mounts, target) === index),
      Tmpfs: Object.fromEntries(['/tmp', ...(reach.temporary ?? [])].map((at) => [at, TEMPORARY])),
      ReadonlyRootfs: true,
      NetworkMode: reach.network,
      CapDrop: ['ALL'],
      ...(startsContainers ? NESTED : { SecurityOpt: ['no-new-privileges'] }),
      IpcMode: 'private',
      Init: true,
      LogConfig: { Type: 'none' },
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      ...(limits.cpuMilli !== null &&
        limits.cpuMilli < parts.cpus * 1000 && { NanoCpus: limits.cpuMilli * 1_000_000 }),
      PidsLimit: limits.pids,
      ...(controlGroup !== undefined && parts.takesGroupPath && { CgroupParent: controlGroup }),
      RestartPolicy: { Name: 'no' },
    },
  };
}

interface Mount {
  readonly Type: 'bind';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
}

function mount(source: string, readOnly: boolean): Mount {
  return { Type: 'bind', Source: source, Target: source, ReadOnly: readOnly };
}

function firstAt(mounts: readonly Mount[], target: string): number {
  return mounts.findIndex((one) => one.Target === target);
}
