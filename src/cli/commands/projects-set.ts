import { Command, Option } from 'commander';
import { type Trust, TRUST_LEVELS } from '../../domain/builds/trust.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { CommandFailure } from '../failure.js';
import {
  addGateOptions,
  GATE_FIXES,
  GATE_FLAGS,
  gateChange,
  gateLines,
  type GateOptions,
} from '../gate-options.js';
import {
  addRetentionOptions,
  RETENTION_FIXES,
  RETENTION_FLAGS,
  retentionChange,
  retentionLines,
  type RetentionOptions,
} from '../retention-options.js';
import { addConnectionOptions, addExamples, collect, type ConnectionOptions } from '../options.js';

interface SetOptions extends ConnectionOptions, GateOptions, RetentionOptions {
  readonly name?: string;
  readonly repository?: string;
  readonly destination?: string[];
  readonly defaultDestinations?: boolean;
  /** A file; false for --no-defaults. */
  readonly defaults?: string | false;
  readonly trust?: Trust;
}

/** How far the code of a project is trusted, for those who administer Kiln. */
export function trustOption(): Option {
  return new Option('--trust <level>', 'how far its code is trusted with the build hosts').choices(
    TRUST_LEVELS,
  );
}

/** `kiln projects set`: changes what is named, leaves the rest. */
export function setCommand(cli: Cli): Command {
  const command = new Command('set')
    .description('change a project')
    .argument('<project>', 'slug or id')
    .option('--name <text>', 'what people call it')
    .option('--repository <reference>', 'host[:port]/path for its images')
    .option(
      '--destination <reference>',
      'where its builds go, with a tag or without (may be repeated; takes the place of all before)',
      collect,
    )
    .option(
      '--defaults <file>',
      'settings of its builds, written as a kiln.yaml; takes the place of all before',
    )
    .addOption(trustOption())
    .option('--no-defaults', 'its builds have no settings of its own')
    .option('--default-destinations', 'its builds go to --repository again, with their number and latest');
  addGateOptions(command);
  addRetentionOptions(command);
  addExamples(command, {
    'kiln projects set app --destination registry.example.com/team/app': 'where its builds go',
    'kiln projects set app --gate approval --gate-expiry 24h': 'hold its images until somebody approves them',
    'kiln projects set app --trust trusted': 'its builds may use kaniko and the network of the host',
    'kiln projects set app --defaults kiln.yaml': 'how they are built where nothing else says so',
  });
  addConnectionOptions(command, 'the changed project as JSON');
  return command.action((project: string, options: SetOptions) =>
    runAction(cli, options, () => change(cli, project, options)),
  );
}

/** By which flag each field came. */
const FLAGS = {
  name: '--name',
  image_repository: '--repository',
  destinations: '--destination',
  ...GATE_FLAGS,
  trust: '--trust',
  ...RETENTION_FLAGS,
} as const;

async function change(cli: Cli, project: string, options: SetOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { updateProject } = await import('../../contracts/projects.js');
  const { judgeBody, namedByFlags } = await import('../judge-body.js');
  const { print, printJson } = await import('../output.js');
  const destinations = options.defaultDestinations === true ? [] : options.destination;
  const gate = gateChange(options);
  const retention = retentionChange(options);
  const body = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.repository === undefined ? {} : { image_repository: options.repository }),
    ...(destinations === undefined ? {} : { destinations }),
    ...(gate === undefined ? {} : { gate }),
    ...(retention === undefined ? {} : { retention }),
    ...(await readDefaults(cli, options.defaults)),
    ...(options.trust === undefined ? {} : { trust: options.trust }),
  };
  judgeBody(updateProject.body, body, FLAGS);
  const changed = await connect(cli, options)
    .call(updateProject, { params: { project }, body })
    .catch((error: unknown) => {
      const named = namedByFlags(error, FLAGS, { ...GATE_FIXES, ...RETENTION_FIXES });
      throw namedMissing(named, project, options.trust);
    });
  if (options.json === true) printJson(cli, changed);
  else
    print(cli, [
      `${changed.slug} keeps its images in ${changed.image_repository}`,
      `  it is ${changed.trust}`,
      ...changed.destinations.map((text) => `  builds go to ${text}`),
      ...gateLines(changed),
      ...retentionLines(changed),
    ]);
  return EXIT.success;
}

/** Says of a project that does not exist which it is, and how it is made. */
function namedMissing(error: unknown, project: string, trust: Trust | undefined): unknown {
  if (!(error instanceof CommandFailure) || error.code !== 'not_found') return error;
  const make = `kiln projects --create ${project}${trust === undefined ? '' : ` --trust ${trust}`}`;
  return new CommandFailure('not_found', {
    message: `There is no project "${project}".`,
    fix: `Make it with \`${make}\`, or correct the name: \`kiln projects\` lists them.`,
  });
}

async function readDefaults(cli: Cli, file: string | boolean | undefined) {
  if (file === undefined || file === true) return {};
  if (file === false) return { defaults: {} };
  const { readLocalDefaults } = await import('../build-file.js');
  return { defaults: readLocalDefaults(cli.cwd, file) };
}
