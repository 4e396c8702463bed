import { containerConfig, readOnly, writable } from '../runc/container-config.js';
import { INSIDE, type LaunchOrder } from './order.js';

const CAPABILITIES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP'],
  ...['SYS_CHROOT', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'AUDIT_WRITE'],
].map((name) => `CAP_${name}`);

/** config.json of the runtime for a root in `root`; `networkPath` is the namespace that the ways lead out of, where the order has ways. */
export function runtimeConfig(order: LaunchOrder, root: string, networkPath: string | null): object {
  const isClosed = order.ways !== null;
  return containerConfig({
    root,
    hostname: 'kaniko',
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
    capabilities: CAPABILITIES,
    mounts: [
      readOnly(order.programs.executor, '/kaniko/executor'),
      readOnly(order.contextFolder, INSIDE.context),
      writable(`${order.workFolder}/out`, INSIDE.output),
      readOnly(isClosed ? `${order.workFolder}/hosts` : '/etc/hosts', '/etc/hosts'),
      ...(isClosed ? [] : [readOnly('/etc/resolv.conf', '/etc/resolv.conf')]),
    ],
    hasOwnNetwork: isClosed,
    networkPath,
    controlGroup: order.controlGroup === null ? null : `${order.controlGroup}/kaniko`,
  });
}
