import { readOnly, writable, type Container } from '../runc/container-config.js';
import { INSIDE, locatorBeside, type LaunchOrder, type Phase } from './order.js';

/** Of a root that is nobody on the host: what makes containers inside. */
const CAPABILITIES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP', 'SYS_ADMIN'],
  ...['SYS_CHROOT', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'AUDIT_WRITE'],
].map((name) => `CAP_${name}`);

/** What the launcher has made ready for a phase. Paths are of the host. */
export interface Prepared {
  readonly root: string;
  readonly libraries: readonly string[];
  readonly network: PhaseNetwork;
}

export interface PhaseNetwork {
  readonly isOwn: boolean;
  /** The namespace that ways lead out of; null where there are none. */
  readonly path: string | null;
  readonly hostsFile: string;
  /** The folder with credentials, certificates and policy; null where the phase gets none. */
  readonly accessFolder: string | null;
}

/** The container of a phase. The fresh root gets what the template left, and nothing that it could have changed. */
export function containerOf(order: LaunchOrder, phase: Phase, prepared: Prepared): Container {
  const { network } = prepared;
  const { buildah, packer } = order.programs;
  return {
    root: prepared.root,
    hostname: 'packer',
    user: { uid: 0, gid: 0 },
    cwd: phase.cwd,
    args: phase.args,
    env: phase.env,
    capabilities: CAPABILITIES,
    mounts: [
      readOnly(buildah, '/usr/bin/buildah'),
      ...prepared.libraries.map((library) => readOnly(library, library)),
      readOnly(network.hostsFile, '/etc/hosts'),
      ...(network.isOwn ? [] : [readOnly('/etc/resolv.conf', '/etc/resolv.conf')]),
      ...(network.accessFolder === null ? [] : [readOnly(network.accessFolder, INSIDE.access)]),
      ...(phase.root !== 'fresh'
        ? [
            readOnly(packer, '/usr/bin/packer'),
            ...(phase.name === 'locate' ? [readOnly(locatorBeside(packer), '/usr/bin/hcl-errors')] : []),
            writable(order.contextFolder, INSIDE.context),
            writable(`${order.workFolder}/out`, INSIDE.output),
          ]
        : [
            phase.access === null
              ? readOnly(`${order.workFolder}/out`, INSIDE.output)
              : writable(`${order.workFolder}/pushed`, '/pushed'),
          ]),
    ],
    hasOwnNetwork: network.isOwn,
    networkPath: network.path,
    // Two containers may run at a time, and the runtime wants a group for each.
    controlGroup: `${order.controlGroup}/${phase.root === 'checks' ? 'checks' : 'work'}`,
    users: order.users,
  };
}
