import { join } from 'node:path';
import { PROCESS_VARIABLES } from '../config/variables.js';
import type { Setting } from './settings-file.js';
import { socketPath } from './socket-path.js';

const VARIABLES = { ...PROCESS_VARIABLES.supervisor, ...PROCESS_VARIABLES.api };

/** What `kiln setup` knows of the processes; null where it was not told. */
export interface ProcessFoldersOptions {
  readonly keyringFile: string;
  readonly signingKeyFile: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalUiUrl: string | null;
  readonly apiUrl: string;
  readonly slots: number;
  readonly registry: string | null;
  readonly insecureRegistries: readonly string[];
  readonly dataFolder: string | null;
  readonly stateFolder: string | null;
  readonly buildkitAddress: string | null;
  readonly buildctlPath: string | null;
  /** Where state lies when nothing else is said: the processes make their folders in it. */
  readonly varFolder: string;
  /** Whether the socket between supervisor and worker lies there too, not in /run/kiln. */
  readonly socketInVarFolder: boolean;
}

/** The lines of `api/kiln.env`. */
export function apiSettings(options: ProcessFoldersOptions): Setting[] {
  const { temporalUiUrl } = options;
  return [
    ...temporal(options),
    ...(temporalUiUrl === null ? [] : [own('KILN_TEMPORAL_UI_URL', temporalUiUrl)]),
    own('KILN_KEYRING_FILE', options.keyringFile),
    ...listening(new URL(options.apiUrl)),
    ...contents(options),
    ...registries(options),
  ];
}

/** The lines of `controller/kiln.env`. */
export function controllerSettings(options: ProcessFoldersOptions): Setting[] {
  return [
    ...temporal(options),
    own('KILN_KEYRING_FILE', options.keyringFile),
    own('KILN_SIGNING_KEY', options.signingKeyFile),
    ...contents(options),
    ...registries(options),
  ];
}

/** The lines of `host/kiln.env`, of supervisor and worker. */
export async function hostSettings(options: ProcessFoldersOptions, workerId: string): Promise<Setting[]> {
  const { varFolder } = options;
  const socket = options.socketInVarFolder
    ? await socketPath({ folder: varFolder, name: 'supervisor.sock' }, varFolder)
    : null;
  return [
    ...temporal(options),
    own('KILN_API_URL', options.apiUrl),
    own('KILN_WORKER_ID', workerId),
    own('KILN_SLOTS', String(options.slots)),
    told('KILN_STATE_DIR', options.stateFolder, {
      kind: 'kept',
      value: join(varFolder, 'supervisor'),
    }),
    told('KILN_SUPERVISOR_SOCKET', null, {
      kind: socket === null ? 'open' : 'kept',
      value: socket ?? '/run/kiln/supervisor.sock',
    }),
    told('KILN_BUILDKIT_ADDRESS', options.buildkitAddress, {
      kind: 'needed',
      value: 'unix:///run/buildkit/buildkitd.sock',
    }),
    told('KILN_BUILDCTL_PATH', options.buildctlPath, {
      kind: 'open',
      value: '/usr/local/bin/buildctl',
    }),
    ...registries(options),
  ];
}

function temporal({ temporalAddress, temporalNamespace }: ProcessFoldersOptions): Setting[] {
  return [own('KILN_TEMPORAL_ADDRESS', temporalAddress), own('KILN_TEMPORAL_NAMESPACE', temporalNamespace)];
}

function contents({ dataFolder, varFolder }: ProcessFoldersOptions): Setting[] {
  return [
    told('KILN_DATA_DIR', dataFolder, { kind: 'kept', value: join(varFolder, 'data') }),
    told('KILN_BLOBS_URL', null, { kind: 'open', value: 's3://bucket?region=eu-central-1' }),
  ];
}

/** An address of this machine is where the api itself listens. Behind another one may be a proxy, so that is for people to say. */
function listening({ protocol, hostname, port }: URL): Setting[] {
  if (protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname))
    return [own('KILN_PORT', port || '80')];
  return [
    told('KILN_PORT', null, { kind: 'kept', value: (protocol === 'http:' && port) || '8080' }),
    told('KILN_HOST', null, { kind: 'open', value: '0.0.0.0' }),
  ];
}

function registries({ registry, insecureRegistries }: ProcessFoldersOptions): Setting[] {
  return [
    told('KILN_REGISTRY', registry, {
      kind: 'needed',
      value: 'registry.example.org/images',
    }),
    told('KILN_INSECURE_REGISTRIES', insecureRegistries.length === 0 ? null : insecureRegistries.join(','), {
      kind: 'open',
      value: 'registry.example.org:5000',
    }),
  ];
}

function own(name: string, value: string): Setting {
  return { name, value, kind: 'own' };
}

/** What `kiln setup` was told, or else what stands in its place. */
function told(
  name: keyof typeof VARIABLES,
  value: string | null,
  otherwise: Pick<Setting, 'kind' | 'value'>,
): Setting {
  const about = VARIABLES[name].description ?? '';
  return value === null ? { name, about, ...otherwise } : { name, about, value, kind: 'own' };
}
