import { type Command, InvalidArgumentError } from 'commander';
import path from 'node:path';
import type { Cli } from '../cli/cli.js';
import { progressFor, styleOf } from '../cli/output.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { parseQuantity } from '../domain/limits/limit-units.js';
import { LIMIT_NAMES, LIMITS } from '../domain/limits/limit-table.js';
import { KilnError } from '../domain/errors.js';
import { type StackOptions, startStack } from '../embedded/stack.js';
import { defaultStateFolder } from '../embedded/state-folder.js';
import { METHOD_NAMES } from '../engines/methods.js';
import { firstBuildCommand } from './first-build.js';
import { showStackProgress } from './stack-progress.js';
import { aborted, stoppingSignal } from './stopping.js';
import { connectToParent } from './up-messages.js';
import { addExamples, wholeNumber } from '../cli/options.js';

interface UpOptions {
  readonly state?: string;
  readonly slots: number;
  readonly port?: number;
  readonly methods?: readonly BuildMethod[];
}

/** `kiln up`: obtains, starts and keeps alive everything on this machine until Ctrl-C. */
export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln up': 'until Ctrl-C; state stays in .kiln',
    'kiln up --slots 4 --port 7777': 'four builds at once, at http://127.0.0.1:7777',
  });
  command
    .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
    .option('--slots <n>', 'builds at the same time', wholeNumber(1, 1000), 2)
    .option(
      '--port <port>',
      'port of the API (default: a free one, kept across starts)',
      wholeNumber(1, 65_535),
    )
    .option(
      '--methods <names>',
      'build methods whose programs are installed when they are missing, by comma (default: all)',
      buildMethods,
    )
    .action((options: UpOptions) => up(cli, options));
}

async function up(cli: Cli, options: UpOptions): Promise<void> {
  const stopping = stoppingSignal();
  const parent = connectToParent();
  const progress = progressFor(cli, {});
  const shown = showStackProgress(progress);
  const stateFolder = path.resolve(cli.cwd, options.state ?? defaultStateFolder());
  try {
    const stack = await startStack({
      stateFolder,
      slots: options.slots,
      ...(options.port === undefined ? {} : { apiPort: options.port }),
      ...(options.methods === undefined ? {} : { methods: options.methods }),
      onProgress: (step) => {
        shown(step);
        parent?.send({ kind: 'progress', step });
      },
      report: (text) => progress.note(text),
      settings: passedOnSettings(cli.env),
      ...buildkitBounds(cli.env),
    });
    const style = styleOf(cli, cli.stderr);
    progress.note(
      [
        '',
        `  API          ${style.bold(stack.access.api_url)}`,
        `  Temporal UI  ${stack.access.temporal_ui_url}`,
        `  Registry     ${stack.access.registry}`,
        `  State        ${stateFolder}`,
        '',
        `  Build something: ${firstBuildCommand(cli.cwd, stateFolder, stack.access.api_url)}    Stop: Ctrl-C`,
      ].join('\n'),
    );
    parent?.send({ kind: 'ready', access: stack.access });
    await Promise.race([aborted(stopping), parent?.abandoned ?? new Promise(() => undefined)]);
    const task = progress.task('Stopping');
    await stack.stop();
    task.done('Stopped; the state is kept');
  } catch (error) {
    const { code, message } =
      error instanceof KilnError
        ? error
        : {
            code: 'service_start_failed' as const,
            message: error instanceof Error ? error.message : String(error),
          };
    parent?.send({ kind: 'failed', code, message });
    throw error;
  } finally {
    progress.close();
    parent?.close();
  }
}

/** How much of the disk the BuildKits may take, and how long an idle one runs. Raises config_invalid. */
function buildkitBounds(env: Cli['env']): Pick<StackOptions, 'buildCache' | 'buildkitIdleMs'> {
  const read = (name: string, unit: 'bytes' | 'seconds' = 'bytes', least = 0): number | undefined => {
    const given = env[name] || undefined;
    if (given === undefined) return undefined;
    const parsed = parseQuantity(unit, given);
    if ('value' in parsed && parsed.value >= least) return parsed.value;
    const expected = 'problem' in parsed ? parsed.problem : `expected ${least} ${unit} or more`;
    const problem = { field: name, message: expected };
    throw new KilnError('config_invalid', {
      message: `The configuration is not valid. ${name}: ${problem.message}.`,
      fields: [problem],
    });
  };
  const [maxCacheBytes, diskReserveBytes] = [read('KILN_CACHE_MAX_BYTES'), read('KILN_DISK_RESERVE_BYTES')];
  const idleSeconds = read('KILN_BUILDKIT_IDLE_SECONDS', 'seconds', 5);
  return {
    buildCache: {
      ...(maxCacheBytes === undefined ? {} : { maxCacheBytes }),
      ...(diskReserveBytes === undefined ? {} : { diskReserveBytes }),
    },
    ...(idleSeconds === undefined ? {} : { buildkitIdleMs: idleSeconds * 1000 }),
  };
}

/** Settings a person gave to `kiln up` that the processes read themselves. */
function passedOnSettings(env: Cli['env']): Record<string, string> {
  const names = [
    'KILN_LOG_LEVEL',
    'KILN_ALLOWED_NETWORKS',
    'KILN_INSECURE_GIT_HOSTS',
    'KILN_INSECURE_REGISTRIES',
    'KILN_REGISTRY_CA_DIR',
    'KILN_REGISTRY_MIRRORS',
    'KILN_CREDENTIAL_HELPERS',
    'KILN_PASS_PROXIES',
    'KILN_EMULATED_PLATFORMS',
    'KILN_GIT_CA_FILE',
    'KILN_BUILD_NETWORK',
    'KILN_HOST_NETWORK',
    'KILN_TRUST_TENANTS',
    'KILN_RUNNER',
    'KILN_SCANNER',
    'KILN_SCANNER_DATABASE',
    'KILN_DOCKER_HOST',
    ...LIMIT_NAMES.map((name) => LIMITS[name].variable),
    'KILN_UPLOAD_KEEP_HOURS',
    'KILN_BLOBS_URL',
    'KILN_DISK_RESERVE_BYTES',
    'KILN_STUB_ENGINE',
    'KILN_LEASE_TTL_MS',
    'KILN_ACK_TTL_MS',
    'KILN_WORKER_SILENCE_MS',
    'KILN_DRAIN_SECONDS',
    'KILN_QUARANTINE_SECONDS',
    'KILN_ZONE',
    'KILN_LABELS',
    'KILN_ACCEPTED_HOLES',
    'KILN_OPERATOR_TENANTS',
    'KILN_TAG_TRIES',
    'KILN_RECONCILE_SECONDS',
    'KILN_RECONCILE_GRACE_SECONDS',
    'KILN_NOTIFICATION_PAUSE_FACTOR',
    'KILN_BUILD_PAGE_URL',
  ];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function buildMethods(text: string): BuildMethod[] {
  return text.split(',').map((name) => {
    const method = METHOD_NAMES.find((one) => one === name.trim());
    if (method !== undefined) return method;
    throw new InvalidArgumentError(`There is no method "${name}"; there are ${METHOD_NAMES.join(', ')}.`);
  });
}
