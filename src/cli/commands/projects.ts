import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { usageFailure } from '../failure.js';
import type { Trust } from '../../domain/builds/trust.js';
import { badgeCommand } from './projects-badge.js';
import { setCommand, trustOption } from './projects-set.js';
import { addConnectionOptions, addExamples, wholeNumber, type ConnectionOptions } from '../options.js';

interface ProjectsOptions extends ConnectionOptions {
  readonly limit: number;
  readonly cursor?: string;
  readonly create?: string;
  readonly repository?: string;
  readonly trust?: Trust;
}

export function define(command: Command, cli: Cli): void {
  command
    .option('--create <slug>', 'make a project')
    .option('--repository <reference>', 'with --create: host[:port]/path for its images')
    .addOption(trustOption())
    .option('-n, --limit <count>', 'how many, newest first', wholeNumber(1, 100), 50)
    .option('--cursor <cursor>', 'go on where a list ended');
  addExamples(command, {
    'kiln projects': 'list them',
    'kiln projects --create app': 'make one',
    'kiln projects set app --destination registry.example.com/team/app': 'where its builds go',
  });
  addConnectionOptions(command, 'one JSON document: {items, next_cursor}, or the new project');
  command
    .addCommand(setCommand(cli).copyInheritedSettings(command))
    .addCommand(badgeCommand(cli).copyInheritedSettings(command))
    .usage('[options] | set <project> [options] | badge on|off <project>')
    .allowExcessArguments();
  command.action((options: ProjectsOptions, { args }: Command) =>
    runAction(cli, options, async () => {
      refuseWords(args);
      return options.create === undefined ? listAll(cli, options) : create(cli, options.create, options);
    }),
  );
}

/** `projects create app` and the like: says how it is written. */
function refuseWords([verb, slug]: readonly string[]): void {
  if (verb === undefined) return;
  throw usageFailure(
    `\`kiln projects\` does not know what "${verb}" means here.`,
    `\`kiln projects --create ${slug ?? 'SLUG'}\` makes a project, \`kiln projects set ${slug ?? 'PROJECT'}\` changes one, \`kiln projects\` lists them.`,
  );
}

async function listAll(cli: Cli, options: ProjectsOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { listProjects } = await import('../../contracts/projects.js');
  const { tableLines } = await import('../terminal/table.js');
  const { formatAge } = await import('../terminal/units.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const query = {
    limit: String(options.limit),
    ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
  };
  const page = await connect(cli, options).call(listProjects, { query });
  if (options.json === true) {
    printJson(cli, page);
    return EXIT.success;
  }
  const style = styleOf(cli, cli.stdout);
  const head = ['PROJECT', 'AGE', 'TRUST', 'IMAGES'].map((title) => style.dim(title));
  const rows = page.items.map((one) => [
    style.bold(one.slug),
    formatAge(one.created_at, Date.now()),
    one.trust,
    one.image_repository,
  ]);
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  print(
    cli,
    rows.length === 0
      ? ['No projects yet; `kiln build <folder>` makes one.']
      : tableLines([head, ...rows], columns),
  );
  if (page.next_cursor !== null) cli.stderr.write(`More: --cursor ${page.next_cursor}\n`);
  return EXIT.success;
}

async function create(cli: Cli, slug: string, options: ProjectsOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { createProject } = await import('../../contracts/projects.js');
  const { judgeBody } = await import('../judge-body.js');
  const { print, printJson } = await import('../output.js');
  const body = {
    slug,
    ...(options.repository === undefined ? {} : { image_repository: options.repository }),
    ...(options.trust === undefined ? {} : { trust: options.trust }),
  };
  judgeBody(createProject.body, body, {
    slug: '--create',
    image_repository: '--repository',
    trust: '--trust',
  });
  const project = await connect(cli, options).call(createProject, { body });
  if (options.json === true) printJson(cli, project);
  else print(cli, [`${project.slug} keeps its images in ${project.image_repository}`]);
  return EXIT.success;
}
