import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import type { NewSchedule, Schedule, ScheduleChange } from '../../contracts/schedules.js';
import { OVERLAPS, type Overlap } from '../../domain/schedules/schedule.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { usageFailure } from '../failure.js';
import { addConnectionOptions, addExamples, type ConnectionOptions, seconds, someName } from '../options.js';

interface NameOptions extends ConnectionOptions {
  readonly project?: string;
}
interface SetOptions extends NameOptions {
  readonly cron?: string;
  readonly timezone?: string;
  readonly git?: string;
  readonly branch?: string;
  /** False for --no-method. */
  readonly method?: string | false;
  readonly preset?: string;
  readonly jitter?: number;
  readonly overlap?: Overlap;
  readonly catchUp?: number;
}
interface PauseOptions extends NameOptions {
  readonly note?: string;
}
interface BackfillOptions extends NameOptions {
  readonly from: string;
  readonly to: string;
}

const ABOUT = `
A schedule is named PROJECT/NAME, or NAME with --project. How times are written, what happens where clocks are changed, and what
becomes of a time at which Kiln was not there: docs/schedules.md.`;
const A_SCHEDULE = 'one JSON document: the schedule';
const FLAGS = {
  schedule_name: 'The name',
  cron_expression: '--cron',
  timezone: '--timezone',
  git_url: '--git',
  git_branch: '--branch',
  build_method: '--method',
  build_config_preset: '--preset',
  jitter_seconds: '--jitter',
  overlap: '--overlap',
  catchup_window_seconds: '--catch-up',
  pause_note: '--note',
  from: '--from',
  to: '--to',
};

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', ABOUT).usage('[options] | COMMAND NAME');
  addExamples(command, {
    'kiln schedules': 'which there are, and when they run next',
    "kiln schedules add app/nightly --cron '30 2 * * *' --timezone Europe/Berlin --git https://git.example.com/app.git --branch main":
      'builds main each night; shows the next five runs',
    'kiln schedules pause app/nightly --note "the registry moves"': 'no runs until it is resumed',
    'kiln schedules run app/nightly': 'a build now',
    'kiln schedules backfill app/nightly --from 2026-05-01 --to 2026-05-04':
      'the builds of nights that were missed',
  });
  command.option('-p, --project <project>', 'those of this project', someName);
  addConnectionOptions(command, 'one JSON document: {items}');
  command.action((options: NameOptions) => runAction(cli, options, () => list(cli, options)));
  const named = (name: string, summary: string, json = A_SCHEDULE): Command => {
    const sub = projectOption(command.command(`${name} <schedule>`).description(summary));
    return addConnectionOptions(sub, json);
  };
  const on = <O extends NameOptions>(sub: Command, act: (name: string, options: O) => Promise<number>) =>
    sub.action((name: string, options: O) => runAction(cli, options, () => act(name, options)));

  on(settingOptions(named('add', 'add a schedule')), (name, options: SetOptions) => add(cli, name, options));
  on(named('show', 'show a schedule and what became of its times'), (name, options: NameOptions) =>
    show(cli, name, options),
  );
  on(
    settingOptions(named('set', 'change a schedule; what is not named stays')),
    (name, options: SetOptions) => change(cli, name, options, async () => settingsOf(cli, options)),
  );
  on(
    named('pause', 'let a schedule start nothing').option('--note <text>', 'why'),
    (name, options: PauseOptions) =>
      change(cli, name, options, async () => ({ is_active: false, pause_note: options.note ?? null })),
  );
  on(named('resume', 'let a schedule start builds again'), (name, options: NameOptions) =>
    change(cli, name, options, async () => ({ is_active: true })),
  );
  on(named('rm', 'remove a schedule', 'one JSON document: {removed}'), (name, options: NameOptions) =>
    remove(cli, name, options),
  );
  on(named('run', 'start its build now', 'one JSON document: the build'), (name, options: NameOptions) =>
    run(cli, name, options),
  );
  on(
    named('backfill', 'start the builds of times that have passed', 'one JSON document: {items}')
      .requiredOption('--from <time>', 'first moment, such as 2026-05-01 or 2026-05-01T02:00Z', moment)
      .requiredOption('--to <time>', 'last moment', moment),
    (name, options: BackfillOptions) => backfill(cli, name, options),
  );
}

function projectOption(command: Command): Command {
  return command.option('-p, --project <project>', 'slug or id of the project', someName);
}

function settingOptions(command: Command): Command {
  return command
    .option('--cron <expression>', 'when, as five fields (30 2 * * 1-5) or @daily and its kin')
    .option('--timezone <zone>', 'IANA time zone of these times (UTC)')
    .option('--git <url>', 'repository')
    .option('--branch <name>', 'branch, built as it is at each time')
    .option('--method <name>', 'build method (what the build file or the project says)')
    .option('--no-method', 'leave the method to the build file and the project')
    .option('--preset <file>', 'JSON file with what else a request for a build would say')
    .option('--jitter <time>', 'begin each run up to this much later (0)', seconds)
    .addOption(new Option('--overlap <policy>', 'while a build of it still runs (skip)').choices(OVERLAPS))
    .option('--catch-up <time>', 'how late a run may be for which Kiln was not there (12h)', seconds);
}

function moment(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('Give a time such as 2026-05-01 or 2026-05-01T02:00Z.');
  return new Date(at).toISOString();
}

/** Path parameters of PROJECT/NAME, or of NAME with --project. */
function paramsOf(name: string, { project }: NameOptions): { project: string; schedule: string } {
  const [, before, schedule = name] = /^([^/]+)\/(.+)$/.exec(name) ?? [];
  const whose = before ?? project;
  if (whose !== undefined) return { project: whose, schedule };
  throw usageFailure(`"${name}" names no project.`, `Give PROJECT/${name}, or --project.`);
}

async function settingsOf(cli: Cli, options: SetOptions): Promise<ScheduleChange> {
  const { readPreset } = await import('../read-preset.js');
  const said = {
    cron_expression: options.cron,
    timezone: options.timezone,
    git_url: options.git,
    git_branch: options.branch,
    build_method: options.method === false ? null : options.method,
    build_config_preset: options.preset === undefined ? undefined : await readPreset(cli, options.preset),
    jitter_seconds: options.jitter,
    overlap: options.overlap,
    catchup_window_seconds: options.catchUp,
  };
  return Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== undefined),
  ) as ScheduleChange;
}

async function list(cli: Cli, options: NameOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { listAllSchedules, listSchedules } = await import('../../contracts/schedule-operations.js');
  const { scheduleListLines } = await import('../views/schedule-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const { project } = options;
  const client = connect(cli, options);
  const answer = await (project === undefined
    ? client.call(listAllSchedules, {})
    : client.call(listSchedules, { params: { project } }));
  if (options.json === true) printJson(cli, answer);
  else print(cli, scheduleListLines(answer.items, columnsOf(cli), styleOf(cli, cli.stdout)));
  return EXIT.success;
}

async function add(cli: Cli, name: string, options: SetOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { addSchedule } = await import('../../contracts/schedule-operations.js');
  const { judgeBody } = await import('../judge-body.js');
  const { project, schedule } = paramsOf(name, options);
  const body = { schedule_name: schedule, ...(await settingsOf(cli, options)) };
  judgeBody(addSchedule.body, body, FLAGS);
  const client = connect(cli, options);
  const input = { params: { project }, body: body as z.input<typeof NewSchedule> };
  return told(cli, options, await byFlags(client.call(addSchedule, input)));
}

async function show(cli: Cli, name: string, options: NameOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { getSchedule, listTicks } = await import('../../contracts/schedule-operations.js');
  const { schedulePageLines, tickLines } = await import('../views/schedule-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const client = connect(cli, options);
  const params = paramsOf(name, options);
  const schedule = await client.call(getSchedule, { params });
  const ticks = (await client.call(listTicks, { params })).items;
  const style = styleOf(cli, cli.stdout);
  if (options.json === true) printJson(cli, { ...schedule, ticks });
  else {
    const columns = columnsOf(cli);
    print(cli, [
      ...schedulePageLines(schedule, columns, style),
      ...tickLines(schedule, ticks, columns, style),
    ]);
  }
  return EXIT.success;
}

async function change(
  cli: Cli,
  name: string,
  options: NameOptions,
  make: () => Promise<ScheduleChange>,
): Promise<number> {
  const { connect } = await import('../connect.js');
  const { changeSchedule } = await import('../../contracts/schedule-operations.js');
  const { judgeBody } = await import('../judge-body.js');
  const params = paramsOf(name, options);
  const body = await make();
  if (Object.keys(body).length === 0)
    throw usageFailure('Nothing to change was named.', '`kiln schedules set --help` shows what there is.');
  judgeBody(changeSchedule.body, body, FLAGS);
  return told(cli, options, await byFlags(connect(cli, options).call(changeSchedule, { params, body })));
}

/** What Kiln answers; a refusal names what was typed. */
async function byFlags<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    const { namedByFlags } = await import('../judge-body.js');
    throw namedByFlags(error, FLAGS, {});
  }
}

function columnsOf(cli: Cli): number {
  return cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
}

async function told(cli: Cli, options: ConnectionOptions, schedule: Schedule): Promise<number> {
  const { schedulePageLines } = await import('../views/schedule-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  if (options.json === true) printJson(cli, schedule);
  else print(cli, schedulePageLines(schedule, columnsOf(cli), styleOf(cli, cli.stdout)));
  return EXIT.success;
}

async function remove(cli: Cli, name: string, options: NameOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { removeSchedule } = await import('../../contracts/schedule-operations.js');
  const { print, printJson } = await import('../output.js');
  const params = paramsOf(name, options);
  await connect(cli, options).call(removeSchedule, { params });
  if (options.json === true) printJson(cli, { removed: params.schedule });
  else print(cli, [`${params.project}/${params.schedule} is removed; its builds stay`]);
  return EXIT.success;
}

async function run(cli: Cli, name: string, options: NameOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { runSchedule } = await import('../../contracts/schedule-operations.js');
  const { print, printJson } = await import('../output.js');
  const build = await byFlags(connect(cli, options).call(runSchedule, { params: paramsOf(name, options) }));
  if (options.json === true) printJson(cli, build);
  else {
    const reference = `${build.project}#${String(build.build_number)}`;
    print(cli, [`${reference} is accepted; \`kiln logs ${reference} --follow\` shows it`]);
  }
  return EXIT.success;
}

async function backfill(cli: Cli, name: string, options: BackfillOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { backfillSchedule } = await import('../../contracts/schedule-operations.js');
  const { judgeBody } = await import('../judge-body.js');
  const { print, printJson } = await import('../output.js');
  const params = paramsOf(name, options);
  const body = { from: options.from, to: options.to };
  judgeBody(backfillSchedule.body, body, FLAGS);
  const answer = await byFlags(connect(cli, options).call(backfillSchedule, { params, body }));
  if (options.json === true) printJson(cli, answer);
  else {
    const asked = answer.items.filter(({ status }) => status !== 'started').length;
    const rest = answer.items.length - asked;
    const kept = rest === 0 ? '' : `; ${String(rest)} had a build already`;
    print(cli, [
      `${String(asked)} of ${String(answer.items.length)} times are on their way${kept}; \`kiln schedules show ${params.project}/${params.schedule}\` shows them`,
    ]);
  }
  return EXIT.success;
}
