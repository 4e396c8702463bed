import type { Command } from 'commander';
import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Cli } from '../cli/cli.js';
import { print, printJson, progressFor } from '../cli/output.js';
import type { Task } from '../cli/progress/task-list.js';
import { loadSetupConfig, type SetupConfig } from '../config.js';
import { KilnError } from '../domain/errors.js';
import { programFile } from '../embedded/kiln-process.js';
import { setUp } from '../embedded/set-up.js';
import type { ProcessFoldersOptions } from '../embedded/folder-settings.js';
import { type UnfinishedFile, writeProcessFolders } from '../embedded/process-folders.js';
import { addExamples } from '../cli/options.js';

const ABOUT = `
Everything comes from the environment or from the file that KILN_CONFIG_FILE names, never from the command line:

  KILN_ADMIN_DATABASE_URL   PostgreSQL >= 15, as a role that may create roles and databases (or ..._FILE)
  KILN_ADMIN_PASSWORD       its password, when the address holds none (or ..._FILE)
  KILN_DATABASE_NAME        Kiln's own database (kiln)
  KILN_TEMPORAL_ADDRESS     host:port of Temporal's frontend (127.0.0.1:7233)
  KILN_TEMPORAL_NAMESPACE   Kiln's namespace (default)
  KILN_TEMPORAL_UI_URL      where people reach Temporal's Web UI, for \`kiln open\` (may be left out)
  KILN_SETUP_DIR            where passwords, tokens and the processes' settings are kept (/etc/kiln)
  KILN_API_URL              where build hosts and commands find the api (http://127.0.0.1:8080)
  KILN_WORKER_NAME, KILN_SLOTS   the first build host (local-1, 1)

These it passes on to the processes. What is left out here is set later in their files, where it stands as a comment:

  KILN_REGISTRY             where images go; KILN_INSECURE_REGISTRIES: registries in plain HTTP
  KILN_BUILDKIT_ADDRESS     BuildKit of the build host; KILN_BUILDCTL_PATH: buildctl, when it is not in the PATH
  KILN_DATA_DIR             uploaded contexts, of the api (/var/lib/kiln/data)
  KILN_STATE_DIR            of the supervisor (/var/lib/kiln/supervisor)

Run it again after an upgrade: it migrates, and leaves what is there as it is. Keep KILN_SETUP_DIR
and a copy of its keyring/: without that no stored secret can be read again.`;

/** `kiln setup`: roles, database, migrations, namespace, search attributes, first tokens; for processes that run apart. */
export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'KILN_CONFIG_FILE=/etc/kiln/setup.env kiln setup': 'deploy/setup.env.example is one to start from',
  });
  command
    .addHelpText('after', ABOUT)
    .option('--json', 'one line of JSON on stdout')
    .action((options: { json?: boolean }) => setup(cli, options));
}

async function setup(cli: Cli, options: { json?: boolean }): Promise<void> {
  const config = loadSetupConfig(cli.env);
  const folder = path.resolve(cli.cwd, config.setupDir);
  const files = {
    keyringFile: path.join(folder, 'keyring', 'keyring.json'),
    signingKeyFile: path.join(folder, 'controller', 'signing-key.pem'),
  };
  const progress = progressFor(cli, options);
  for (const warning of config.warnings) progress.note(warning);
  let task: Task | null = null;
  try {
    await prepareFolder(folder);
    const made = await setUp({
      folder,
      ...files,
      adminDatabaseUrl: withPassword(config.adminDatabaseUrl, config.adminPassword),
      database: config.databaseName,
      temporalAddress: config.temporalAddress,
      temporalNamespace: config.temporalNamespace,
      workerName: config.workerName,
      slots: config.slots,
      onPart: (part) => {
        task?.done();
        task = progress.task(part);
      },
    });
    (task as Task | null)?.done();
    const unfinished = await writeProcessFolders(folder, made, toldBy(config, folder, files));
    progress.close();
    if (options.json === true) {
      printJson(cli, {
        ok: true,
        folder,
        worker_id: made.workerId,
        api_url: config.apiUrl,
        still_to_set: unfinished,
      });
    } else {
      print(cli, nextSteps(folder, config.apiUrl, unfinished));
    }
  } finally {
    progress.close();
  }
}

/** A folder of one's own holds all of an installation; beside /etc/kiln the usual folders of a service are used. */
function toldBy(
  config: SetupConfig,
  folder: string,
  files: Pick<ProcessFoldersOptions, 'keyringFile' | 'signingKeyFile'>,
): ProcessFoldersOptions {
  const isOwnFolder = folder !== '/etc/kiln';
  return {
    ...config,
    ...files,
    temporalUiUrl: config.temporalUiUrl ?? null,
    registry: config.registry ?? null,
    dataFolder: config.dataDir ?? null,
    stateFolder: config.stateDir ?? null,
    buildkitAddress: config.buildkitAddress ?? null,
    buildctlPath: config.buildctlPath ?? null,
    varFolder: isOwnFolder ? path.join(folder, 'state') : '/var/lib/kiln',
    socketInVarFolder: isOwnFolder,
  };
}

function withPassword(databaseUrl: string, password: string | undefined): string {
  if (password === undefined) return databaseUrl;
  const url = new URL(databaseUrl);
  url.password = encodeURIComponent(password);
  return url.href;
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new KilnError('setup_failed', {
      message: `KILN_SETUP_DIR: ${folder} is no folder that this user can write to. Make it so, or name another.`,
      cause,
    });
  }
}

function nextSteps(folder: string, apiUrl: string, unfinished: readonly UnfinishedFile[]): string[] {
  return [
    `PostgreSQL and Temporal are ready for Kiln. Settings and secrets are in ${folder}, readable by this user alone.`,
    '',
    ...(unfinished.length === 0 ? [] : stillToSet(unfinished)),
    'Next, each process with its file (further settings: docs/generated/configuration.md):',
    ...(['api', 'controller', 'supervisor', 'worker'] as const).map(
      (name) =>
        `  KILN_CONFIG_FILE=${quoted(path.join(folder, name === 'api' || name === 'controller' ? name : 'host', 'kiln.env'))} node ${quoted(programFile(name))}`,
    ),
    '',
    'deploy/systemd holds units for them, docker-compose.yml runs them in containers. Then, with the first token:',
    `  kiln login --api-url ${apiUrl} < ${quoted(path.join(folder, 'cli', 'api-token'))}`,
  ];
}

function stillToSet(unfinished: readonly UnfinishedFile[]): string[] {
  return [
    'Still to be set before a build can succeed. The lines are there as comments that say what they are for; or give the settings to',
    '`kiln setup` and run it again. The units of deploy/systemd set KILN_BUILDKIT_ADDRESS themselves.',
    ...unfinished.map(({ file, missing }) => `  ${file}: ${missing.join(', ')}`),
    '',
  ];
}

/** A path as a shell takes it. */
function quoted(file: string): string {
  return /^[\w./@%+:,-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
}
