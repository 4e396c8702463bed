import { tmpdir } from 'node:os';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Installation } from './installation.js';
import type { KilnProcessName } from './kiln-process.js';
import { secretPath } from './state.js';

type Settings = Readonly<Record<string, string>>;

/** The environment of each process. Secrets go by the name of a file that only their owner reads. */
export function processSettings(
  stateFolder: string,
  installation: Installation,
): Record<KilnProcessName, Settings> {
  const temporal = {
    KILN_TEMPORAL_ADDRESS: installation.temporalAddress,
    KILN_TEMPORAL_NAMESPACE: installation.temporalNamespace,
  };
  const registry = {
    KILN_REGISTRY: installation.registryAddress,
    KILN_INSECURE_REGISTRIES: installation.registryAddress,
  };
  const host = {
    KILN_SUPERVISOR_SOCKET: supervisorSocket(stateFolder),
    KILN_WORKER_ID: installation.workerId,
  };
  return {
    api: {
      ...temporal,
      ...registry,
      KILN_HOST: '127.0.0.1',
      KILN_DATABASE_URL_FILE: secretPath(stateFolder, 'database-url-api'),
      KILN_DATA_DIR: join(stateFolder, 'data'),
    },
    controller: {
      ...temporal,
      ...registry,
      KILN_CONTROLLER_DATABASE_URL_FILE: secretPath(stateFolder, 'database-url-controller'),
    },
    supervisor: {
      ...registry,
      ...host,
      KILN_WORKER_TOKEN_FILE: secretPath(stateFolder, 'worker-token'),
      KILN_SLOTS: String(installation.slots),
      KILN_STATE_DIR: join(stateFolder, 'supervisor'),
      KILN_SECRETS_DIR: join(stateFolder, 'build-secrets'),
      KILN_BUILDKIT_ADDRESS: installation.buildkitAddress,
      KILN_BUILDCTL_PATH: installation.buildctlPath,
      KILN_BUILD_NETWORK: installation.runNetwork,
    },
    worker: { ...temporal, ...registry, ...host, KILN_SLOTS: String(installation.slots) },
  };
}

/** The path of a unix socket may have 107 bytes, which a state folder can exceed: then it lies in a short folder. */
function supervisorSocket(stateFolder: string): string {
  const path = join(stateFolder, 'supervisor.sock');
  if (Buffer.byteLength(path) < 100) return path;
  const key = createHash('sha256').update(stateFolder).digest('hex').slice(0, 12);
  return join(tmpdir(), `kiln-${key}.sock`);
}
