import { REFUSED_SYSTEM_CALLS, REFUSED_TO_BUILDERS } from './system-calls.js';

const DEVICES = { null: [1, 3], zero: [1, 5], full: [1, 7], random: [1, 8], urandom: [1, 9], tty: [5, 0] };

/** A folder or file of the host, or a file system of the kernel, in a container. */
export interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** One process tree in namespaces of its own. Paths of mounts and root are of the host. */
export interface Container {
  readonly root: string;
  readonly hostname: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids?: readonly number[] };
  /** Absolute, inside. */
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** Names such as CAP_CHOWN; whoever has none also gains none by setuid programs. */
  readonly capabilities: readonly string[];
  /** Beside those that every container has. */
  readonly mounts: readonly Mount[];
  /** A network of its own, with loopback only; else that of the host. */
  readonly hasOwnNetwork: boolean;
  /** The path of the namespace that has its own network; null for a new one. */
  readonly networkPath: string | null;
  /** Below the group of the run, whose limits hold for it; null where the run has none: then the runtime chooses. */
  readonly controlGroup: string | null;
  /**
   * Numbers of the host that its users 0 to `count` - 1 have, from `firstId`: its root is nobody on the host, and may mount in the namespace
   * of its own. Without it users are those of the host.
   */
  readonly users?: { readonly firstId: number; readonly count: number };
}

/** config.json of the runtime (OCI runtime specification 1.0). */
export function containerConfig(container: Container): object {
  const { capabilities, networkPath, users } = container;
  const mappings = users && [{ containerID: 0, hostID: users.firstId, size: users.count }];
  const isPlain = capabilities.length === 0;
  return {
    ociVersion: '1.0.2',
    root: { path: container.root, readonly: false },
    hostname: container.hostname,
    process: {
      terminal: false,
      user: container.user,
      cwd: container.cwd,
      args: container.args,
      env: container.env,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      rlimits: [{ type: 'RLIMIT_CORE', hard: 0, soft: 0 }],
      ...(isPlain && { noNewPrivileges: true }),
    },
    mounts: [...KERNEL_MOUNTS, ...container.mounts],
    linux: {
      ...(container.controlGroup !== null && { cgroupsPath: container.controlGroup }),
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
        ...(container.hasOwnNetwork
          ? [{ type: 'network', ...(networkPath !== null && { path: networkPath }) }]
          : []),
        ...(users === undefined ? [] : [{ type: 'user' }, { type: 'cgroup' }]),
      ],
      ...(mappings && { uidMappings: mappings, gidMappings: mappings }),
      resources: {
        devices: [
          { allow: false, access: 'rwm' },
          { allow: true, type: 'c', access: 'm' },
          { allow: true, type: 'b', access: 'm' },
          ...Object.values(DEVICES).map(([major, minor]) => ({
            ...{ allow: true, type: 'c', access: 'rwm' },
            ...{ major, minor },
          })),
        ],
      },
      maskedPaths: ['/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
      seccomp: users === undefined ? REFUSED_SYSTEM_CALLS : REFUSED_TO_BUILDERS,
    },
  };
}

/** A folder or file of the host that the container can read and not change. */
export function readOnly(source: string, destination: string): Mount {
  return { destination, type: 'bind', source, options: ['bind', 'ro', 'nosuid', 'nodev'] };
}

/** A folder or file of the host that the container can change. */
export function writable(source: string, destination: string): Mount {
  return { destination, type: 'bind', source, options: ['bind', 'rw', 'nosuid', 'nodev'] };
}

/** A file system of the kernel, as it is mounted by its name. */
export function special(destination: string, type: string, ...options: string[]): Mount {
  return { destination, type, source: type, options: ['nosuid', ...options] };
}

const KERNEL_MOUNTS = [
  special('/proc', 'proc', 'noexec', 'nodev'),
  special('/dev', 'tmpfs', 'strictatime', 'mode=755', 'size=65536k'),
  special('/dev/pts', 'devpts', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'),
  special('/dev/shm', 'tmpfs', 'noexec', 'nodev', 'mode=1777', 'size=65536k'),
];
