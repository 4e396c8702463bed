import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { COMMAND_LINE_VARIABLES } from './config/command-line-variables.js';
import { type Environment, withConfigFile } from './config/config-file.js';
import { proxyVariables, readProxies } from './config/proxies.js';
import { BLOBS_URL_VARIABLE } from './config/blob-variables.js';
import { PROCESS_VARIABLES, REGISTRY_VARIABLES, SECRET_VARIABLES } from './config/variables.js';
import { type FieldProblem, KilnError } from './domain/errors.js';
import type { LimitValues } from './domain/limits/effective-limits.js';
import { LIMIT_NAMES, LIMITS } from './domain/limits/limit-table.js';
import type { Proxies } from './domain/network/proxy.js';

/** The configuration of a process by camel-cased variable (KILN_DATA_DIR -> dataDir, OTEL_NAME -> otelName), and what looks like a slip of the pen. */
type Config<Process extends keyof typeof PROCESS_VARIABLES> = Values<(typeof PROCESS_VARIABLES)[Process]>;
type Values<Shape extends Readonly<Record<string, z.ZodType>>> = Readonly<
  { [Name in keyof Shape & string as ConfigKey<Name>]: z.output<Shape[Name]> } & {
    /** Of HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
    proxies: Proxies;
    warnings: readonly string[];
  }
>;
type ConfigKey<Name extends string> = CamelCase<Lowercase<Name extends `KILN_${infer Rest}` ? Rest : Name>>;
type CamelCase<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

export type ApiConfig = Config<'api'>;
export type ControllerConfig = Config<'controller'>;
export type WorkerConfig = Config<'worker'>;
export type SupervisorConfig = Config<'supervisor'>;
export type SetupConfig = Config<'setup'>;
export type UpkeepConfig = Config<'upkeep'>;
export type RegistryConfig = Values<typeof REGISTRY_VARIABLES>;

/** Each raises `config_invalid` that names every wrong variable and what is expected, never a value. */
export function loadApiConfig(environment: Environment = process.env): ApiConfig {
  return load(environment, PROCESS_VARIABLES.api);
}

export function loadControllerConfig(environment: Environment = process.env): ControllerConfig {
  return load(environment, PROCESS_VARIABLES.controller);
}

export function loadWorkerConfig(environment: Environment = process.env): WorkerConfig {
  return load(environment, PROCESS_VARIABLES.worker);
}

export function loadSupervisorConfig(environment: Environment = process.env): SupervisorConfig {
  return load(environment, PROCESS_VARIABLES.supervisor);
}

export function loadSetupConfig(environment: Environment = process.env): SetupConfig {
  return load(environment, PROCESS_VARIABLES.setup);
}

/** The operator's limits of builds, as far as he has set any. */
export function installationLimits(config: ApiConfig | ControllerConfig): LimitValues {
  const given = config as unknown as Readonly<Record<string, number | undefined>>;
  return Object.fromEntries(
    LIMIT_NAMES.map((name) => [name, given[configKey(LIMITS[name].variable)]]).filter(
      ([, value]) => value !== undefined,
    ),
  ) as LimitValues;
}

export function loadUpkeepConfig(environment: Environment = process.env): UpkeepConfig {
  return load(environment, PROCESS_VARIABLES.upkeep);
}

/** How registries are reached, as every process that speaks to them is told. */
export function loadRegistryConfig(environment: Environment): RegistryConfig {
  return load(environment, REGISTRY_VARIABLES);
}

/** Which bucket contents lie in, for those who look at a state folder as a whole. */
export function loadBlobConfig(environment: Environment): Values<typeof BLOBS_URL_VARIABLE> {
  return load(environment, BLOBS_URL_VARIABLE);
}

/**
 * Judges the settings that are given, whichever process they are for, with the proxies of the environment, and asks for no other.
 * Raises config_invalid.
 */
export function refuseInvalidSettings(settings: Environment, environment: Environment = {}): void {
  const given = { ...proxyVariables(environment), ...settings };
  const { api, controller, worker, supervisor } = PROCESS_VARIABLES;
  const variables = Object.entries({ ...api, ...controller, ...worker, ...supervisor });
  load(given, Object.fromEntries(variables.filter(([name]) => given[name])));
}

function load<Shape extends Record<string, z.ZodType>>(given: Environment, shape: Shape): Values<Shape> {
  const environment = withConfigFile(given);
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
  return Object.freeze({
    ...values,
    proxies: readProxies(environment),
    warnings: unknownVariables(environment),
  }) as unknown as Values<Shape>;
}

/** An empty variable is an absent one. A secret may come from the file that NAME_FILE names. */
function readVariable(environment: Environment, name: string, problems: FieldProblem[]): string | undefined {
  const value = environment[name] || undefined;
  const file = SECRET_VARIABLES.includes(name) ? environment[`${name}_FILE`] || undefined : undefined;
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
  const known = new Set([
    ...Object.values(PROCESS_VARIABLES).flatMap((shape) => Object.keys(shape)),
    ...SECRET_VARIABLES.map((name) => `${name}_FILE`),
    ...Object.keys(COMMAND_LINE_VARIABLES),
  ]);
  return Object.keys(environment)
    .filter((name) => name.startsWith('KILN_') && !known.has(name) && !name.startsWith('KILN_TEST_'))
    .sort()
    .map((name) => `${name} is not a variable that Kiln knows.`);
}

function configKey(name: string): string {
  return name
    .replace(/^KILN_/, '')
    .toLowerCase()
    .replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
