import { narrowed, type StepConfig } from '../../../src/engines/container/step-config.js';

const CONFIG: StepConfig = {
  mounts: [
    { type: 'proc', options: ['nosuid'] },
    { type: 'cgroup', options: ['nosuid', 'rw'] },
  ],
  linux: {
    seccomp: {
      syscalls: [
        { names: ['read', 'clone', 'clone3', 'unshare', 'ptrace'], action: 'SCMP_ACT_ALLOW' },
        { names: ['setns'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
      ],
    },
  },
};

test('a step can read its control groups and not change them; other mounts stay as they are', () => {
  expect(narrowed(CONFIG).mounts).toEqual([CONFIG.mounts[0], { type: 'cgroup', options: ['nosuid', 'ro'] }]);
});

test('what is allowed stays allowed, less what the containers of other methods are refused', () => {
  const { syscalls } = narrowed(CONFIG).linux.seccomp;
  const rulesOf = (name: string) =>
    syscalls.filter(({ names }) => names.includes(name)).map(({ action, args }) => [action, args?.[0]]);
  expect(rulesOf('read')).toEqual([['SCMP_ACT_ALLOW', undefined]]);
  for (const name of ['unshare', 'ptrace', 'setns', 'clone3'])
    expect(rulesOf(name)).toEqual([['SCMP_ACT_ERRNO', undefined]]);
  const users = { index: 0, value: 0x1000_0000, op: 'SCMP_CMP_MASKED_EQ' };
  expect(rulesOf('clone')).toEqual([
    ['SCMP_ACT_ERRNO', { ...users, valueTwo: users.value }],
    ['SCMP_ACT_ALLOW', { ...users, valueTwo: 0 }],
  ]);
});

test('a step without a filter of system calls does not start', () => {
  expect(() => narrowed({ mounts: [], linux: {} } as unknown as StepConfig)).toThrow(TypeError);
});
