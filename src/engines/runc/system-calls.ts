/** What looks into other processes or into the kernel. */
const REFUSED = [
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'kcmp', 'pidfd_getfd', 'userfaultfd', 'bpf'],
  ...['perf_event_open', 'add_key', 'request_key', 'keyctl', 'open_by_handle_at', 'name_to_handle_at'],
  ...['init_module', 'finit_module', 'delete_module', 'kexec_load', 'kexec_file_load', 'reboot', 'swapon'],
  ...['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'acct', 'quotactl', 'syslog'],
];

/** What mounts, and what makes or enters namespaces. */
const REFUSED_MOUNTS = [
  ...['mount', 'umount2', 'pivot_root', 'unshare', 'setns', 'fsopen', 'fsmount', 'move_mount', 'open_tree'],
];

/** CLONE_NEWUSER of clone(2). */
const NEW_USERS = 0x1000_0000;
/** Calls of 32-bit programs have other numbers and are judged too. */
const ARCHITECTURES =
  process.arch === 'arm64'
    ? ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']
    : ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];
const ENOSYS = 38;

/** Refuses all calls of these names, and another namespace of users. */
function filter(names: readonly string[]) {
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ARCHITECTURES,
    syscalls: [
      { names, action: 'SCMP_ACT_ERRNO' },
      // A namespace of users is what all others need here.
      {
        names: names.includes('unshare') ? ['clone'] : ['clone', 'unshare'],
        action: 'SCMP_ACT_ERRNO',
        args: [{ index: 0, value: NEW_USERS, valueTwo: NEW_USERS, op: 'SCMP_CMP_MASKED_EQ' }],
      },
      // Its flags lie in memory, where no filter looks; programs fall back to clone.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
    ],
  };
}

/** The filter of system calls that every container of Kiln's own has (`linux.seccomp` of the OCI runtime specification). */
export const REFUSED_SYSTEM_CALLS = filter([...REFUSED, ...REFUSED_MOUNTS]);

/** The same where a namespace of users holds a builder, which has to mount. */
export const REFUSED_TO_BUILDERS = filter(REFUSED);
