import { INSIDE, type LaunchOrder } from './order.js';

const CAPABILITIES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP'],
  ...['SYS_CHROOT', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'AUDIT_WRITE'],
].map((name) => `CAP_${name}`);

/** What looks into other processes, into the kernel, or makes namespaces. */
const REFUSED_CALLS = [
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'kcmp', 'pidfd_getfd', 'userfaultfd', 'bpf'],
  ...['perf_event_open', 'add_key', 'request_key', 'keyctl', 'open_by_handle_at', 'name_to_handle_at'],
  ...['mount', 'umount2', 'pivot_root', 'unshare', 'setns', 'fsopen', 'fsmount', 'move_mount', 'open_tree'],
  ...['init_module', 'finit_module', 'delete_module', 'kexec_load', 'kexec_file_load', 'reboot', 'swapon'],
  ...['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'acct', 'quotactl', 'syslog'],
];

/** CLONE_NEWUSER of clone(2). */
const NEW_USERS = 0x1000_0000;
/** Calls of 32-bit programs have other numbers and are judged too. */
const ARCHITECTURES =
  process.arch === 'arm64'
    ? ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']
    : ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];
const ENOSYS = 38;
const DEVICES = { null: [1, 3], zero: [1, 5], full: [1, 7], random: [1, 8], urandom: [1, 9], tty: [5, 0] };

/** config.json of the runtime (OCI runtime specification) for a root in `root`; `hook` runs once the network namespace is there. */
export function runtimeConfig(order: LaunchOrder, root: string, hook: readonly string[]): object {
  const isClosed = order.ways !== null;
  const readOnly = (source: string, destination: string): object => ({
    destination,
    type: 'bind',
    source,
    options: ['bind', 'ro', 'nosuid', 'nodev'],
  });
  const special = (destination: string, type: string, ...options: string[]): object => ({
    destination,
    type,
    source: type,
    options: ['nosuid', ...options],
  });
  return {
    ociVersion: '1.0.2',
    root: { path: root, readonly: false },
    hostname: 'kaniko',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      cwd: '/',
      args: ['/kaniko/executor', ...order.args],
      env: [
        'HOME=/root',
        'USER=root',
        'PATH=/usr/local/bin:/kaniko',
        `SSL_CERT_DIR=${INSIDE.certificates}`,
        'DOCKER_CONFIG=/kaniko/.docker/',
        'container=oci',
      ],
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      rlimits: [{ type: 'RLIMIT_CORE', hard: 0, soft: 0 }],
    },
    mounts: [
      special('/proc', 'proc', 'noexec', 'nodev'),
      special('/dev', 'tmpfs', 'strictatime', 'mode=755', 'size=65536k'),
      special('/dev/pts', 'devpts', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'),
      special('/dev/shm', 'tmpfs', 'noexec', 'nodev', 'mode=1777', 'size=65536k'),
      readOnly(order.contextFolder, INSIDE.context),
      { ...readOnly(`${order.workFolder}/out`, INSIDE.output), options: ['bind', 'rw', 'nosuid', 'nodev'] },
      readOnly(isClosed ? `${order.workFolder}/hosts` : '/etc/hosts', '/etc/hosts'),
      ...(isClosed ? [] : [readOnly('/etc/resolv.conf', '/etc/resolv.conf')]),
    ],
    ...(isClosed && { hooks: { createRuntime: [{ path: hook[0], args: hook, timeout: 30 }] } }),
    linux: {
      // Its limits are those of the group above.
      ...(order.controlGroup !== null && { cgroupsPath: `${order.controlGroup}/kaniko` }),
      namespaces: ['pid', 'ipc', 'uts', 'mount', ...(isClosed ? ['network'] : [])].map((type) => ({ type })),
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
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ARCHITECTURES,
        syscalls: [
          { names: REFUSED_CALLS, action: 'SCMP_ACT_ERRNO' },
          // A namespace of users is what all others need here.
          {
            names: ['clone'],
            action: 'SCMP_ACT_ERRNO',
            args: [{ index: 0, value: NEW_USERS, valueTwo: NEW_USERS, op: 'SCMP_CMP_MASKED_EQ' }],
          },
          // Its flags lie in memory, where no filter looks; programs fall back to clone.
          { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
        ],
      },
    },
  };
}
