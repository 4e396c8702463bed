import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type FieldProblem, KilnError } from './domain/errors.js';
import { parseNetwork } from './domain/network/cidr.js';

type Environment = Readonly<Record<string, string | undefined>>;

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
const registryHost = z
  .string()
  .regex(/^[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9._/-]+)?$/, 'expected host[:port], such as localhost:5000');
const hostList = z
  .string()
  .default('')
  .transform((list) => list.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()])))
  .pipe(z.array(registryHost));
const networkList = z
  .string()
  .default('')
  .transform((list) => list.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()])))
  .pipe(
    z.array(
      z.string().transform((item, context) => {
        const network = parseNetwork(item);
        if (network === null)
          context.addIssue({ code: 'custom', message: 'expected networks such as 10.0.0.0/8,fd00::/8' });
        return network ?? z.NEVER;
      }),
    ),
  );

/** What every process reads. KILN_HOST and KILN_PORT are where it listens (the api, or /healthz and /metrics of the others). */
const everywhere = {
  KILN_HOST: text.default('127.0.0.1'),
  KILN_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

/** Registries that speak plain HTTP, and the private networks that may be connected to. */
const registries = { KILN_INSECURE_REGISTRIES: hostList, KILN_ALLOWED_NETWORKS: networkList };

const temporal = {
  KILN_TEMPORAL_ADDRESS: z
    .string()
    .regex(/^.+:\d{1,5}$/, 'expected host:port')
    .default('127.0.0.1:7233'),
  KILN_TEMPORAL_NAMESPACE: text.default('default'),
};

const leases = { KILN_LEASE_TTL_MS: milliseconds.default(15_000) };

const host = {
  KILN_SLOTS: z.coerce.number('expected a number').int().min(1).max(1000).default(1),
  KILN_SUPERVISOR_SOCKET: text.default('/run/kiln/supervisor.sock'),
};

const apiVariables = {
  ...everywhere,
  ...temporal,
  ...leases,
  KILN_PORT: port.default(8080),
  KILN_REGISTRY: registryHost.optional(),
  KILN_DATABASE_URL: databaseUrl,
  KILN_DATA_DIR: text,
  KILN_UPLOAD_MAX_BYTES: z.coerce
    .number('expected bytes')
    .int()
    .min(1024)
    .default(512 * 1024 * 1024),
};

const controllerVariables = {
  ...everywhere,
  ...temporal,
  ...leases,
  ...registries,
  KILN_ACK_TTL_MS: milliseconds.default(15_000),
  KILN_WORKER_SILENCE_MS: milliseconds.default(30_000),
  KILN_PORT: port.default(8081),
  KILN_CONTROLLER_DATABASE_URL: databaseUrl,
};

const workerVariables = {
  ...everywhere,
  ...temporal,
  ...registries,
  ...host,
  KILN_PORT: port.default(8082),
  KILN_WORKER_ID: z.uuid('expected the id of a worker'),
};

const supervisorVariables = {
  ...everywhere,
  ...registries,
  ...host,
  KILN_PORT: port.default(8083),
  KILN_API_URL: z.url({ protocol: /^https?$/, error: 'expected http(s)://host:port' }),
  KILN_WORKER_TOKEN: text,
  KILN_STATE_DIR: text,
  KILN_BUILDKIT_ADDRESS: text.optional(),
  KILN_BUILDCTL_PATH: text.optional(),
  KILN_BUILD_NETWORK: z.enum(['none', 'bridge', 'host']).default('none'),
  KILN_SECRETS_DIR: text.optional(),
  KILN_STUB_ENGINE: z.stringbool('expected true or false').default(false),
};

const PROCESS_VARIABLES = [apiVariables, controllerVariables, workerVariables, supervisorVariables];
const SECRETS = ['KILN_DATABASE_URL', 'KILN_CONTROLLER_DATABASE_URL', 'KILN_WORKER_TOKEN'];
/** Read by the command line, the tests and the programs' finder. */
const ELSEWHERE = /^KILN_(?:TOKEN|TOKEN_FILE|DEBUG|CACHE_DIR|TEST_\w+|RUN\w*|[A-Z]+_PATH)$/;

/** The configuration of a process by camel-cased variable (KILN_DATA_DIR -> dataDir), and what looks like a slip of the pen. */
type Config<Shape extends Readonly<Record<string, z.ZodType>>> = Readonly<
  { [Name in keyof Shape & string as ConfigKey<Name>]: z.output<Shape[Name]> } & {
    warnings: readonly string[];
  }
>;
type ConfigKey<Name extends string> = Name extends `KILN_${infer Rest}` ? CamelCase<Lowercase<Rest>> : never;
type CamelCase<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

export type ApiConfig = Config<typeof apiVariables>;
export type ControllerConfig = Config<typeof controllerVariables>;
export type WorkerConfig = Config<typeof workerVariables>;
export type SupervisorConfig = Config<typeof supervisorVariables>;

/** Each raises `config_invalid` that names every wrong variable and what is expected, never a value. */
export function loadApiConfig(environment: Environment = process.env): ApiConfig {
  return load(environment, apiVariables);
}

export function loadControllerConfig(environment: Environment = process.env): ControllerConfig {
  return load(environment, controllerVariables);
}

export function loadWorkerConfig(environment: Environment = process.env): WorkerConfig {
  return load(environment, workerVariables);
}

export function loadSupervisorConfig(environment: Environment = process.env): SupervisorConfig {
  return load(environment, supervisorVariables);
}

function load<Shape extends Record<string, z.ZodType>>(
  environment: Environment,
  shape: Shape,
): Config<Shape> {
  const values: Record<string, unknown> = {};
  const problems: FieldProblem[] = [];
  for (const [name, schema] of Object.entries(shape)) {
    const result = schema.safeParse(readVariable(environment, name, problems));
    if (result.success) values[configKey(name)] = result.data;
    else if (!problems.some(({ field }) => field.startsWith(name))) {
      const told = result.error.issues[0]?.message ?? 'not valid';
      const absent = environment[name] === undefined || environment[name] === '';
      problems.push({ field: name, message: absent ? `is not set: ${told}` : told });
    }
  }
  if (problems.length > 0) {
    const list = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
    throw new KilnError('config_invalid', {
      message: `The configuration is not valid. ${list}.`,
      fields: problems,
    });
  }
  return Object.freeze({ ...values, warnings: unknownVariables(environment) }) as unknown as Config<Shape>;
}

/** An empty variable is an absent one. A secret may come from the file that NAME_FILE names. */
function readVariable(environment: Environment, name: string, problems: FieldProblem[]): string | undefined {
  const value = environment[name] || undefined;
  const file = SECRETS.includes(name) ? environment[`${name}_FILE`] || undefined : undefined;
  if (file === undefined) return value;
  if (value !== undefined) {
    problems.push({ field: `${name}_FILE`, message: `set either this or ${name}, not both` });
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    problems.push({ field: `${name}_FILE`, message: 'expected a file that can be read' });
    return undefined;
  }
}

function unknownVariables(environment: Environment): string[] {
  const known = new Set(PROCESS_VARIABLES.flatMap((shape) => Object.keys(shape)));
  for (const name of SECRETS) known.add(`${name}_FILE`);
  return Object.keys(environment)
    .filter((name) => name.startsWith('KILN_') && !known.has(name) && !ELSEWHERE.test(name))
    .sort()
    .map((name) => `${name} is not a variable that Kiln knows.`);
}

function configKey(name: string): string {
  return name
    .slice('KILN_'.length)
    .toLowerCase()
    .replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
