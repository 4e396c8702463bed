import { Option, type Command } from 'commander';
import { BUILD_STATUSES, type BuildStatus } from '../../domain/builds/status.js';
import { GATE_STATUSES, type GateStatus } from '../../domain/gates/gate-status.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { buildPruneCommand } from './builds-prune.js';
import { buildRetentionCommand } from './builds-retention.js';
import { addConnectionOptions, addExamples, wholeNumber, type ConnectionOptions } from '../options.js';

interface BuildsOptions extends ConnectionOptions {
  readonly project?: string;
  readonly status?: BuildStatus;
  readonly gate?: GateStatus;
  readonly held?: true;
  readonly branch?: string;
  readonly method?: string;
  readonly commit?: string;
  readonly whatIfs?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

export function define(command: Command, cli: Cli): void {
  command
    .option('-p, --project <slug>', 'only this project')
    .addOption(new Option('-s, --status <status>', 'only this status').choices(BUILD_STATUSES))
    .addOption(new Option('--gate <status>', 'only those that stand so at the gate').choices(GATE_STATUSES))
    .addOption(new Option('--held', 'those that wait for approval: --gate held').conflicts('gate'))
    .option('-b, --branch <branch>', 'only this branch')
    .option('-m, --method <method>', 'only this build method')
    .option('--commit <commit>', 'only this commit, or those that begin like that')
    .option('--what-ifs', 'only what-ifs, which are never published')
    .option('--no-what-ifs', 'no what-ifs')
    .option('-n, --limit <count>', 'how many, newest first', wholeNumber(1, 100), 20)
    .option('--cursor <cursor>', 'go on where a list ended');
  addExamples(command, {
    'kiln builds -p app -s failed': 'what went wrong in app',
    'kiln builds --held': 'what waits for an approval',
    'kiln builds --gate rejected': 'what somebody did not let through',
    'kiln builds --commit 3f2a9c1': 'what was built of a commit',
    'kiln builds -p app --what-ifs': 'what was tried out; `kiln what-if app#13` compares again',
    'kiln builds prune app --dry-run': 'which old builds of app would go',
    'kiln builds -n 5 --json': 'the newest five, for a script',
  });
  addConnectionOptions(command, 'one JSON document {items, next_cursor}');
  command
    .addCommand(buildPruneCommand(cli).copyInheritedSettings(command))
    .addCommand(buildRetentionCommand(cli).copyInheritedSettings(command))
    .usage('[options] | prune [project] [options] | retention [project] [options]');
  command.action((options: BuildsOptions) => runAction(cli, options, () => listAll(cli, options)));
}

async function listAll(cli: Cli, options: BuildsOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { listBuilds } = await import('../../contracts/build-operations.js');
  const { buildListLines } = await import('../views/build-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const gate = options.held === true ? 'held' : options.gate;
  const page = await connect(cli, options).call(listBuilds, {
    query: {
      limit: String(options.limit),
      ...(options.project === undefined ? {} : { project: options.project }),
      ...(options.status === undefined ? {} : { status: options.status }),
      ...(gate === undefined ? {} : { gate }),
      ...(options.branch === undefined ? {} : { branch: options.branch }),
      ...(options.method === undefined ? {} : { method: options.method }),
      ...(options.commit === undefined ? {} : { commit: options.commit }),
      ...(options.whatIfs === undefined
        ? {}
        : { what_ifs: options.whatIfs ? ('only' as const) : ('without' as const) }),
      ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
    },
  });
  if (options.json === true) {
    printJson(cli, page);
    return EXIT.success;
  }
  const { project, status, branch, method, commit, whatIfs } = options;
  const isNarrowed = [project, status, gate, branch, method, commit, whatIfs].some(
    (option) => option !== undefined,
  );
  if (page.items.length === 0 && isNarrowed) {
    print(cli, ['No build is like that. All of them: kiln builds']);
    return EXIT.success;
  }
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  print(cli, buildListLines(page.items, { columns, nowMs: Date.now(), style: styleOf(cli, cli.stdout) }));
  if (page.next_cursor !== null) cli.stderr.write(`More: --cursor ${page.next_cursor}\n`);
  return EXIT.success;
}
