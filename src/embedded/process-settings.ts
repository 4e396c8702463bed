import { join } from 'node:path';
import type { Installation } from './installation.js';
import type { KilnProcessName } from './kiln-process.js';
import { socketPath } from './socket-path.js';
import { secretPath } from './state.js';

type Settings = Readonly<Record<string, string>>;

/** What the BuildKits of this machine are. */
export interface BuilderFacts {
  readonly socketPath: string;
  /** A group that a firewall holds back; null where there is no firewall. */
  readonly egressGroupId: number | null;
  /** `none` where BuildKit could only offer the network of the host. */
  readonly runNetwork: 'none' | 'bridge';
  /** Whether BuildKit puts RUN steps into the control group of their run. */
  readonly joinsGroups: boolean;
  /** Whether those of trusted projects may give RUN steps the network of this machine. */
  readonly allowsHostNetwork: boolean;
}

/** The environment of each process, without `builderSettings`. Secrets go by the name of a file that only their owner reads. */
export async function processSettings(
  stateFolder: string,
  installation: Installation,
  insecureRegistries: readonly string[],
): Promise<Record<KilnProcessName, Settings>> {
  const temporal = {
    KILN_TEMPORAL_ADDRESS: installation.temporalAddress,
    KILN_TEMPORAL_NAMESPACE: installation.temporalNamespace,
  };
  const registries = {
    KILN_INSECURE_REGISTRIES: [installation.registryAddress, ...insecureRegistries].join(','),
  };
  const host = {
    KILN_SUPERVISOR_SOCKET: await socketPath({ folder: stateFolder, name: 'supervisor.sock' }, stateFolder),
    KILN_SLOTS: String(installation.slots),
    // Ctrl-C ends at once: the builds go on with the next `kiln up`.
    KILN_DRAIN_SECONDS: '0',
  };
  return {
    api: {
      ...temporal,
      ...registries,
      KILN_REGISTRY: installation.registryAddress,
      KILN_TEMPORAL_UI_URL: installation.temporalUiUrl,
      KILN_HOST: '127.0.0.1',
      KILN_DATABASE_URL_FILE: secretPath(stateFolder, 'database-url-api'),
      KILN_DATA_DIR: join(stateFolder, 'data'),
      KILN_KEYRING_FILE: installation.keyringFile,
    },
    controller: {
      ...temporal,
      ...registries,
      KILN_CONTROLLER_DATABASE_URL_FILE: secretPath(stateFolder, 'database-url-controller'),
      KILN_DATA_DIR: join(stateFolder, 'data'),
      KILN_KEYRING_FILE: installation.keyringFile,
      KILN_SIGNING_KEY: installation.signingKeyFile,
      ...(installation.syftPath !== null && { KILN_SYFT_PATH: installation.syftPath }),
    },
    supervisor: {
      ...registries,
      ...host,
      KILN_WORKER_TOKEN_FILE: secretPath(stateFolder, 'worker-token'),
      KILN_STATE_DIR: join(stateFolder, 'supervisor'),
      KILN_BUILDCTL_PATH: installation.buildctlPath,
      KILN_RUNC_PATH: installation.runcPath,
      ...(installation.lifecyclePath !== null && { KILN_LIFECYCLE_PATH: installation.lifecyclePath }),
      ...(installation.kanikoPath !== null && { KILN_KANIKO_PATH: installation.kanikoPath }),
      ...(installation.packerPath !== null && { KILN_PACKER_PATH: installation.packerPath }),
      ...(installation.busyboxPath !== null && { KILN_BUSYBOX_PATH: installation.busyboxPath }),
      ...(installation.buildahPath !== null && { KILN_BUILDAH_PATH: installation.buildahPath }),
      ...(installation.hadolintPath !== null && { KILN_HADOLINT_PATH: installation.hadolintPath }),
    },
    worker: { ...temporal, ...registries, ...host, KILN_WORKER_ID: installation.workerId },
  };
}

/** What the supervisor must know of the BuildKits. */
export function builderSettings(builders: BuilderFacts): Settings {
  return {
    KILN_BUILDKITS_SOCKET: builders.socketPath,
    ...(builders.egressGroupId !== null && { KILN_EGRESS_GROUP: String(builders.egressGroupId) }),
    KILN_BUILD_NETWORK: builders.runNetwork,
    KILN_HOST_NETWORK: String(builders.allowsHostNetwork),
    KILN_BUILDKIT_JOINS_GROUPS: String(builders.joinsGroups),
  };
}
