import { z } from 'zod';
import { parseMirror } from '../domain/network/mirrors.js';
import { diskVariables, limitVariables } from './limit-variables.js';
import { parseNetwork } from '../domain/network/cidr.js';

const text = z.string().min(1, 'expected a text');
const port = z.coerce.number('expected a port').int().min(0).max(65_535, 'expected a port from 0 to 65535');
const milliseconds = z.coerce
  .number('expected milliseconds')
  .int('expected whole milliseconds')
  .min(100)
  .max(86_400_000);
const databaseUrl = z
  .string('expected postgres://user:password@host:port/database')
  .regex(/^postgres(?:ql)?:\/\/.+/, 'expected postgres://user:password@host:port/database');
const httpUrl = z.url({ protocol: /^https?$/, error: 'expected http(s)://host:port' });
const registryHost = z
  .string()
  .regex(/^[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9._/-]+)?$/, 'expected host[:port], such as localhost:5000');
const list = z
  .string()
  .default('')
  .transform((items) => items.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()])));
const hostList = list.pipe(z.array(registryHost));
const networkList = list.pipe(
  z.array(
    z.string().transform((item, context) => {
      const network = parseNetwork(item);
      if (network === null)
        context.addIssue({ code: 'custom', message: 'expected networks such as 10.0.0.0/8,fd00::/8' });
      return network ?? z.NEVER;
    }),
  ),
);

const mirrorList = list.pipe(
  z.array(
    z.string().transform((item, context) => {
      const mirror = parseMirror(item);
      if (mirror === null)
        context.addIssue({
          code: 'custom',
          message: 'expected registry=mirror, such as docker.io=mirror.example.com:5000/hub',
        });
      return mirror ?? z.NEVER;
    }),
  ),
);

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
    'Networks (CIDR, by comma) beyond the public ones in which git hosts and registries may lie.',
  ),
};

/** Which git servers a build may name. */
const gitHosts = {
  ...networks,
  KILN_INSECURE_GIT_HOSTS: hostList.describe(
    'Git servers (`host[:port]`, by comma) that may be spoken to in plain HTTP.',
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

const leases = {
  KILN_LEASE_TTL_MS: milliseconds
    .default(15_000)
    .describe('How long a lease holds without a renewal, in milliseconds.'),
};

const host = {
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
  ...gitHosts,
  ...temporal,
  ...temporalUi,
  ...leases,
  ...keyring,
  KILN_PORT: port.default(8080).describe('Port to listen on.'),
  ...registries,
  KILN_DATABASE_URL: databaseUrl.describe('PostgreSQL of the api, as the role kiln_api.'),
  KILN_DATA_DIR: text.describe('Folder of the uploaded contexts.'),
  ...limitVariables(),
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
  ...temporal,
  ...leases,
  ...registries,
  KILN_ACK_TTL_MS: milliseconds
    .default(15_000)
    .describe('How long a granted lease waits to be acknowledged, in milliseconds.'),
  KILN_WORKER_SILENCE_MS: milliseconds
    .default(30_000)
    .describe('A worker is offline after this long without a heartbeat, in milliseconds.'),
  ...keyring,
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
  ...diskVariables,
  ...registries,
  ...gitHosts,
  ...host,
  KILN_PORT: port.default(8083).describe('Port to listen on.'),
  KILN_API_URL: httpUrl.describe('Address of the api.'),
  KILN_WORKER_TOKEN: text.describe('Token of the build host; `kiln setup` makes it.'),
  KILN_STATE_DIR: text.describe('Folder of the state: journal, log spool and workspaces of the supervisor.'),
  KILN_BUILDKIT_ADDRESS: text
    .optional()
    .describe('BuildKit as `buildctl --addr` takes it, such as `unix:///run/buildkit/buildkitd.sock`.'),
  KILN_BUILDCTL_PATH: text.optional().describe('The program buildctl.'),
  KILN_GIT_PATH: text.default('git').describe('The program git (2.37 or newer), for sources from git.'),
  KILN_SSH_PATH: text.default('ssh').describe('The program ssh, for sources from git over ssh.'),
  KILN_GIT_CA_FILE: text
    .optional()
    .describe(
      'PEM file of the authorities that git servers are checked with, in the place of those of the system.',
    ),
  KILN_BUILD_NETWORK: z
    .enum(['none', 'bridge', 'host'])
    .default('none')
    .describe('Network of RUN steps: none, bridge (a network of their own) or host (that of BuildKit).'),
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
};

/** Of the commands that back up, restore and verify an installation. */
const upkeep = {
  ...registries,
  ...keyring,
  KILN_ADMIN_DATABASE_URL: setup.KILN_ADMIN_DATABASE_URL,
  KILN_ADMIN_PASSWORD: setup.KILN_ADMIN_PASSWORD,
  KILN_DATABASE_NAME: setup.KILN_DATABASE_NAME,
  KILN_SETUP_DIR: setup.KILN_SETUP_DIR,
  KILN_DATA_DIR: api.KILN_DATA_DIR.optional().describe(api.KILN_DATA_DIR.description ?? ''),
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

/** Names the file of settings; read before all others. */
export const CONFIG_FILE_VARIABLE = 'KILN_CONFIG_FILE';

/** What the command line and the finder of programs read straight from the environment. */
export const COMMAND_LINE_VARIABLES: Readonly<Record<string, string>> = {
  [CONFIG_FILE_VARIABLE]: 'File of settings, lines of NAME=value; the environment wins over it.',
  KILN_API_URL: 'Address of the api for the commands.',
  KILN_TOKEN: 'API token for the commands; or KILN_TOKEN_FILE.',
  KILN_TOKEN_FILE: 'File that holds the API token.',
  KILN_STATE_DIR: 'Folder of the state of `kiln up` (`.kiln`).',
  KILN_CACHE_MAX_BYTES: 'How large the cache of the BuildKit of `kiln up` may grow (`20GB`).',
  KILN_DEBUG: 'With any value a failing command shows its stack.',
  KILN_CACHE_DIR: 'Folder of installed programs (`/var/cache/kiln` for root, else `~/.cache/kiln`).',
  KILN_ALLOW_APT: 'With 1 Debian packages may be unpacked into the cache for an ordinary user too.',
  KILN_POSTGRES_PATH: 'The program postgres.',
  KILN_TEMPORAL_PATH: 'The program temporal.',
  KILN_REGISTRY_PATH: 'The program registry.',
  KILN_BUILDKITD_PATH: 'The program buildkitd.',
  KILN_BUILDCTL_PATH: 'The program buildctl.',
  KILN_RUNC_PATH: 'The program runc.',
  KILN_CNI_PATH: 'The CNI plugin bridge; the others lie beside it.',
  KILN_ROOTLESSKIT_PATH: 'The program rootlesskit.',
  KILN_BUSYBOX_PATH: 'A static busybox.',
  KILN_PG_DUMP_PATH: 'The program pg_dump, for `kiln backup`.',
  KILN_PG_RESTORE_PATH: 'The program pg_restore, for `kiln restore`.',
};
