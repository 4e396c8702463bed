import { randomUUID } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const USERS = { firstId: 0x7000_0000, count: 65_536 };
const ENVIRONMENT = ['HOME=/root', 'USER=root', 'PATH=/usr/bin:/bin', 'TMPDIR=/var/tmp', 'container=oci'];
const OF_TOOLS = ['BUILDAH_ISOLATION=chroot', 'BUILDAH_FORMAT=oci', 'CHECKPOINT_DISABLE=1'];
/** In the storage of the root. */
const MADE = 'localhost/bare';

/** buildah and packer under the configuration that Kiln writes, in one root of their own; `isChecked`: with `packer init` and `packer validate` before the build. */
export async function prepareTemplate({ host, scratch, registry, base, example, isChecked }) {
  const { containerOf } = await import('../../dist/src/engines/packer/container.js');
  const { containerConfig } = await import('../../dist/src/engines/runc/container-config.js');
  const { addShell, giveTo, librariesOf, makeRoot, toolsOf } =
    await import('../../dist/src/engines/packer/make-root.js');
  const workFolder = mkdtempSync(path.join(scratch, 'packer-'));
  const at = (name) => path.join(workFolder, name);
  makeRoot(at('root'), `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`);
  addShell(at('root'), host.KILN_BUSYBOX_PATH, await toolsOf(host.KILN_BUSYBOX_PATH));
  cpSync(example, at('context'), { recursive: true });
  mkdirSync(at('out'));
  for (const name of ['root', 'context', 'out']) giveTo(USERS.firstId, at(name));
  // Its root is nobody here and has to find its way.
  for (const folder of [scratch, workFolder]) chmodSync(folder, 0o711);
  const programs = { buildah: host.KILN_BUILDAH_PATH, packer: host.KILN_PACKER_PATH };
  const order = { programs, contextFolder: at('context'), workFolder, controlGroup: null, users: USERS };
  const prepared = {
    root: at('root'),
    libraries: await librariesOf(Object.values(programs)),
    network: { isOwn: false, path: null, hostsFile: '/etc/hosts', accessFolder: null },
  };
  const inRoot = (name, ...args) => {
    const env = [...ENVIRONMENT, ...OF_TOOLS, `PKR_VAR_kiln_image=${MADE}`];
    const phase = { name, args, env, cwd: '/workspace', access: null, root: 'template' };
    mkdirSync(at(name));
    const config = containerConfig(containerOf(order, phase, prepared));
    writeFileSync(path.join(at(name), 'config.json'), JSON.stringify(config));
    const id = path.basename(workFolder);
    return [host.KILN_RUNC_PATH, '--root', path.join(scratch, 'runc'), 'run', '--bundle', at(name), id];
  };
  const image = `${registry}/bare:${randomUUID()}`;
  const values = ['-var', `base=${base}`];
  const checks = [
    inRoot('init', '/usr/bin/packer', 'init', '.'),
    inRoot('validate', '/usr/bin/packer', 'validate', ...values, '.'),
  ];
  return {
    image,
    commands: [
      inRoot('pull', '/usr/bin/buildah', 'pull', '--policy', 'always', base),
      ...(isChecked ? checks : []),
      inRoot('build', '/usr/bin/packer', 'build', '-color=false', ...values, '.'),
      inRoot('push', '/usr/bin/buildah', 'push', '--format', 'oci', MADE, `docker://${image}`),
    ],
  };
}
