import { missing, printed, requireUtilLinux } from './program-output.js';

/**
 * Raises `program_missing`, with what to do, where this host cannot build by the method packer: it needs root, packer, buildah, a static
 * busybox, runc, programs of util-linux, and namespaces of users.
 */
export async function requirePacker(programs: Readonly<Record<string, string>>): Promise<void> {
  if (process.getuid?.() !== 0) throw missing('The method packer needs root on the build host.');
  const { packer, buildah, busybox, runc } = programs;
  const [, major, minor] = /^Packer v(\d+)\.(\d+)/m.exec(await printed(packer, 'version')) ?? [];
  if (major === undefined)
    throw missing('No packer was found. Install it, or name it with KILN_PACKER_PATH.');
  if (Number(major) !== 1 || Number(minor) < 7)
    throw missing(`packer is version ${major}.${minor}; needed is 1.7 or a newer 1.x.`);
  if (!(await printed(buildah, '--version')).startsWith('buildah version'))
    throw missing('No buildah was found. Install it, or name it with KILN_BUILDAH_PATH.');
  if (!(await printed(busybox, '--list')).includes('sh'))
    throw missing('No busybox was found. Install a static one, or name it with KILN_BUSYBOX_PATH.');
  if (!(await printed(runc, '--version')).startsWith('runc version'))
    throw missing('No runc was found. Install it, or name it with KILN_RUNC_PATH.');
  await requireUtilLinux(['unshare', 'flock', 'mount']);
  if ((await printed('unshare', '--user', 'echo', 'made')) === '')
    throw missing('This host makes no namespaces of users; see /proc/sys/user/max_user_namespaces.');
}
