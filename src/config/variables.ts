import { z } from 'zod';
import { GRANT_VARIABLES, LEASE_VARIABLES } from './lease-variables.js';
import { diskVariables, limitVariables } from './limit-variables.js';
import { BASE_IMAGE_VARIABLES } from './base-image-variables.js';
import { BLOB_VARIABLES } from './blob-variables.js';
import { BUILDKIT_VARIABLES } from './buildkit-variables.js';
import { GIT_HOST_VARIABLES, GIT_VARIABLES, RECONCILE_VARIABLES } from './git-variables.js';
import { HELPER_VARIABLES } from './helper-variables.js';
import { INSPECTION_VARIABLES } from './inspection-variables.js';
import { NOTIFICATION_VARIABLES } from './notification-variables.js';
import { PROVENANCE_VARIABLES } from './provenance-variables.js';
import { RETENTION_VARIABLES } from './retention-variables.js';
import { TRACE_VARIABLES } from './trace-variables.js';
import { RUNNER_VARIABLES } from './runner-variables.js';
import { NETWORK_VARIABLES, OPERATOR_VARIABLES, TRUST_VARIABLES } from './trust-variables.js';
import { DRAIN_VARIABLES, HOST_VARIABLES } from './host-variables.js';
import {
  text,
  port,
  databaseUrl,
  httpUrl,
  registryHost,
  hostList,
  networkList,
  platformList,
  mirrorList,
} from './values.js';

/** What every process reads. */
const everywhere = {
  KILN_HOST: text
    .default('127.0.0.1')
    .describe('Address to listen on: the api for everything, the others for `/healthz` and `/metrics`.'),
  KILN_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level that is logged: trace, debug, info, warn, error or silent.'),
};

const networks = {
  KILN_ALLOWED_NETWORKS: networkList.describe(
    'Networks (CIDR, by comma) beyond the public ones in which git hosts, registries, sources of ADD and receivers of notifications may lie.',
  ),
};

/** Of the processes that speak to registries. */
const registries = {
  ...networks,
  KILN_REGISTRY: registryHost
    .optional()
    .describe(
      'Registry of the installation (`host[:port][/prefix]`): for projects that name no repository, and reached wherever it lies.',
    ),
  KILN_INSECURE_REGISTRIES: hostList.describe(
    'Registries (`host[:port]`, by comma) spoken to in plain HTTP.',
  ),
  KILN_REGISTRY_CA_DIR: text
    .optional()
    .describe(
      'Folder of certificates that vouch for registries, one file a registry: `<host[:port]>.pem`; these registries speak TLS.',
    ),
  KILN_REGISTRY_MIRRORS: mirrorList.describe(
    'Mirrors that base images are read from first, `registry=host[:port][/path]` by comma, such as `docker.io=mirror.example.com`.',
  ),
};

const temporal = {
  KILN_TEMPORAL_ADDRESS: z
    .string()
    .regex(/^.+:\d{1,5}$/, 'expected host:port')
    .default('127.0.0.1:7233')
    .describe('`host:port` of the Temporal frontend.'),
  KILN_TEMPORAL_NAMESPACE: text.default('default').describe('Namespace of the build workflows.'),
};

const temporalUi = {
  KILN_TEMPORAL_UI_URL: httpUrl
    .optional()
    .describe('Address of the Temporal Web UI, as people reach it: `kiln open` shows builds there.'),
};

const host = {
  ...DRAIN_VARIABLES,
  KILN_SLOTS: z.coerce
    .number('expected a number')
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('Builds at the same time on this host.'),
  KILN_SUPERVISOR_SOCKET: text
    .default('/run/kiln/supervisor.sock')
    .describe('Unix socket between supervisor and worker of one host.'),
};

const keyring = {
  KILN_KEYRING_FILE: text
    .optional()
    .describe(
      'File with the master keys of stored secrets and credentials, mode 0600; without it none are kept.',
    ),
};

const api = {
  ...everywhere,
  ...GIT_HOST_VARIABLES,
  ...temporal,
  ...temporalUi,
  ...LEASE_VARIABLES,
  ...keyring,
  KILN_PORT: port.default(8080).describe('Port to listen on.'),
  ...registries,
  KILN_DATABASE_URL: databaseUrl.describe('PostgreSQL of the api, as the role kiln_api.'),
  ...BLOB_VARIABLES,
  ...limitVariables(),
  ...RETENTION_VARIABLES,
  ...TRUST_VARIABLES,
  ...OPERATOR_VARIABLES,
  ...diskVariables,
  KILN_UPLOAD_KEEP_HOURS: z.coerce
    .number('expected hours')
    .int()
    .min(24)
    .max(87_600)
    .default(336)
    .describe(
      'How long the files of build contexts are kept after the last upload or build that needed them.',
    ),
};

const controller = {
  ...everywhere,
  ...RECONCILE_VARIABLES,
  ...INSPECTION_VARIABLES,
  ...HELPER_VARIABLES,
  ...temporal,
  ...LEASE_VARIABLES,
  ...registries,
  ...GRANT_VARIABLES,
  KILN_TAG_TRIES: z.coerce
    .number('expected a number')
    .int()
    .min(1)
    .max(25)
    .default(25)
    .describe(
      'How often the tags of a build are tried to be moved, after pauses that grow to 10 s, before the build fails: 25 take about four minutes.',
    ),
  ...keyring,
  ...PROVENANCE_VARIABLES,
  ...NOTIFICATION_VARIABLES,
  ...TRACE_VARIABLES,
  ...BASE_IMAGE_VARIABLES,
  ...BLOB_VARIABLES,
  ...limitVariables(),
  ...RETENTION_VARIABLES,
  KILN_PORT: port.default(8081).describe('Port to listen on.'),
  KILN_CONTROLLER_DATABASE_URL: databaseUrl.describe(
    'PostgreSQL of the controller, as the role kiln_controller.',
  ),
};

const worker = {
  ...everywhere,
  ...temporal,
  ...registries,
  ...host,
  KILN_PORT: port.default(8082).describe('Port to listen on.'),
  KILN_WORKER_ID: z
    .uuid('expected the id of a worker')
    .describe('Id of the build host; `kiln setup` writes it.'),
};

const supervisor = {
  ...everywhere,
  ...HELPER_VARIABLES,
  ...diskVariables,
  ...registries,
  ...GIT_VARIABLES,
  ...host,
  KILN_PORT: port.default(8083).describe('Port to listen on.'),
  KILN_API_URL: httpUrl.describe('Address of the api.'),
  KILN_WORKER_TOKEN: text.describe('Token of the build host; `kiln setup` makes it.'),
  KILN_STATE_DIR: text.describe('Folder of the state: journal, log spool and workspaces of the supervisor.'),
  ...BUILDKIT_VARIABLES,
  KILN_BUILDCTL_PATH: text
    .optional()
    .describe('The program buildctl, when the PATH of the supervisor does not lead to it.'),
  KILN_BUILDAH_PATH: text.optional().describe('The program buildah, for the methods container and packer.'),
  KILN_KANIKO_PATH: text.optional().describe('The executor of kaniko, for the method kaniko.'),
  KILN_HADOLINT_PATH: text
    .optional()
    .describe('The program hadolint, whose warnings are kept with builds; they have none of it without.'),
  KILN_LIFECYCLE_PATH: text
    .optional()
    .describe(
      'The lifecycle of Cloud Native Buildpacks, for the method paketo; its launcher and crane lie beside it.',
    ),
  KILN_PACKER_PATH: text.optional().describe('The program packer, for the method packer.'),
  KILN_BUSYBOX_PATH: text.optional().describe('A static busybox: the shell of the method packer.'),
  KILN_RUNC_PATH: text
    .optional()
    .describe('The program runc, for the methods container, kaniko, paketo and packer.'),
  KILN_EGRESS_GROUP: z.coerce
    .number()
    .int()
    .min(1)
    .max(4_294_967_294)
    .optional()
    .describe(
      'Number of a group that a firewall keeps from closed networks; builders of the methods container, kaniko, paketo and packer are put into it.',
    ),
  KILN_CGROUP_PARENT: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9_.@:-]+)+$/, 'expected a path such as /kiln')
    .optional()
    .describe(
      'Control group (a path below /sys/fs/cgroup) in which each run gets its own, so that memory, CPUs and processes of builds are limited and measured; no other supervisor may use it. One named after the state folder unless set.',
    ),
  KILN_BUILDKIT_JOINS_GROUPS: z
    .stringbool('expected true or false')
    .default(false)
    .describe(
      'BuildKit puts RUN steps into the control group of their run, as that of `kiln up` does: limits hold for the method buildx too.',
    ),
  ...RUNNER_VARIABLES,
  ...HOST_VARIABLES,
  ...NETWORK_VARIABLES,
  KILN_EMULATED_PLATFORMS: platformList.describe(
    'Platforms (`linux/arm64`, by comma) whose programs BuildKit runs by emulators of its own (`buildkit-qemu-*` in its PATH), of which it does not tell; those of binfmt_misc it tells itself.',
  ),
  KILN_PASS_PROXIES: z
    .stringbool('expected true or false')
    .default(false)
    .describe('RUN steps get HTTP_PROXY, HTTPS_PROXY and NO_PROXY of this process.'),
  KILN_STUB_ENGINE: z
    .stringbool('expected true or false')
    .default(false)
    .describe('Builds nothing: an engine for tests of everything else.'),
};

const setup = {
  ...temporal,
  ...temporalUi,
  KILN_ADMIN_DATABASE_URL: databaseUrl.describe(
    'PostgreSQL as a role that may create roles and databases, with a database that exists.',
  ),
  KILN_ADMIN_PASSWORD: text.optional().describe('Password for KILN_ADMIN_DATABASE_URL when that holds none.'),
  KILN_DATABASE_NAME: text.default('kiln').describe("Name of Kiln's own database."),
  KILN_SETUP_DIR: text
    .default('/etc/kiln')
    .describe('Folder in which `kiln setup` keeps what it makes, one sub-folder a process.'),
  KILN_WORKER_NAME: text.default('local-1').describe('Name of the first build host.'),
  KILN_SLOTS: host.KILN_SLOTS,
  KILN_API_URL: httpUrl.default('http://127.0.0.1:8080').describe('Address of the api.'),
  KILN_REGISTRY: registries.KILN_REGISTRY,
  KILN_INSECURE_REGISTRIES: registries.KILN_INSECURE_REGISTRIES,
  KILN_DATA_DIR: optional(api.KILN_DATA_DIR),
  KILN_STATE_DIR: optional(supervisor.KILN_STATE_DIR),
  KILN_BUILDKIT_ADDRESS: supervisor.KILN_BUILDKIT_ADDRESS,
  KILN_BUILDCTL_PATH: supervisor.KILN_BUILDCTL_PATH,
};

/** Of the commands that back up, restore and verify an installation. */
const upkeep = {
  ...registries,
  ...keyring,
  KILN_ADMIN_DATABASE_URL: setup.KILN_ADMIN_DATABASE_URL,
  KILN_ADMIN_PASSWORD: setup.KILN_ADMIN_PASSWORD,
  KILN_DATABASE_NAME: setup.KILN_DATABASE_NAME,
  KILN_SETUP_DIR: setup.KILN_SETUP_DIR,
  KILN_DATA_DIR: optional(api.KILN_DATA_DIR),
  KILN_BLOBS_URL: api.KILN_BLOBS_URL,
};

/** What each process, `kiln setup` and the commands of upkeep take from their environment or configuration file. */
export const PROCESS_VARIABLES = { api, controller, worker, supervisor, setup, upkeep };

/** What says how registries are reached. */
export const REGISTRY_VARIABLES = registries;

/** Variables whose value may also come from the file that NAME_FILE names. */
export const SECRET_VARIABLES: readonly string[] = [
  'KILN_DATABASE_URL',
  'KILN_CONTROLLER_DATABASE_URL',
  'KILN_ADMIN_DATABASE_URL',
  'KILN_ADMIN_PASSWORD',
  'KILN_WORKER_TOKEN',
];

function optional(variable: z.ZodString): z.ZodOptional<z.ZodString> {
  return variable.optional().describe(variable.description ?? '');
}
