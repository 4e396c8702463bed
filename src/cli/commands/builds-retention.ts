import { Command, InvalidArgumentError } from 'commander';
import type { BuildRetention } from '../../contracts/build-retention.js';
import {
  BUILD_RETENTION_BOUNDS,
  BUILD_RETENTION_NAMES,
  type BuildRetentionChange,
} from '../../domain/retention/build-retention.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions, someName } from '../options.js';
import { plural } from '../terminal/units.js';

/** As it was given; the parser of the command line makes an empty text of null. */
type Rule = number | 'none';

interface BuildRetentionOptions extends ConnectionOptions {
  readonly keepBuilds?: Rule;
  readonly olderThan?: Rule;
  readonly logDays?: Rule;
}

/** By which option each rule comes. */
const FLAGS = {
  keep_builds: '--keep-builds',
  older_than_days: '--older-than',
  log_days: '--log-days',
} as const;

/** `kiln builds retention`: shows which builds and logs are removed, or says it. */
export function buildRetentionCommand(cli: Cli): Command {
  const command = new Command('retention')
    .description('show which old builds and logs are removed, or say which')
    .argument('[project]', 'slug or id; for every project that does not say so itself without one', someName)
    .option(
      '--keep-builds <count>',
      'so many of the newest builds of each branch stay, or none to take the rule back',
      rule('keep_builds'),
    )
    .option(
      '--older-than <days>',
      'only builds go that ended before so many days, such as 90d, or none',
      rule('older_than_days'),
    )
    .option(
      '--log-days <days>',
      'logs go after so many days, those of builds that stay too, or none',
      rule('log_days'),
    );
  addExamples(command, {
    'kiln builds retention app': 'what holds for app',
    'kiln builds retention app --keep-builds 50 --older-than 90d': 'both have to let a build go',
    'kiln builds retention --log-days 365': 'for every project that does not say so itself',
  });
  addConnectionOptions(command, 'one JSON document: {project, set_here, effective}');
  return command.action((project: string | undefined, options: BuildRetentionOptions) =>
    runAction(cli, options, () => showOrChange(cli, project, options)),
  );
}

async function showOrChange(
  cli: Cli,
  project: string | undefined,
  options: BuildRetentionOptions,
): Promise<number> {
  const { connect } = await import('../connect.js');
  const { changeBuildRetention, getBuildRetention } =
    await import('../../contracts/build-retention-operations.js');
  const { print, printJson } = await import('../output.js');
  const { hangingLines } = await import('../terminal/wrap.js');
  const client = connect(cli, options);
  const query = project === undefined ? {} : { project };
  const given = {
    keep_builds: options.keepBuilds,
    older_than_days: options.olderThan,
    log_days: options.logDays,
  };
  const body: BuildRetentionChange = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value === 'none' ? null : value]],
    ),
  );
  const retention =
    Object.keys(body).length === 0
      ? await client.call(getBuildRetention, { query })
      : await client.call(changeBuildRetention, { query, body });
  if (options.json === true) printJson(cli, retention);
  else {
    const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
    print(
      cli,
      retentionLines(retention).flatMap((line, index) =>
        hangingLines(line.trimStart(), columns, index === 0 ? 0 : 2),
      ),
    );
  }
  return EXIT.success;
}

function retentionLines({ project, set_here: own, effective }: BuildRetention): string[] {
  const { keep_builds: keep, older_than_days: days, log_days: logDays } = effective;
  const builds = [
    ...(keep === null ? [] : [`the ${keep === 1 ? 'newest' : `${String(keep)} newest`} of each branch`]),
    ...(days === null ? [] : [`those that ended in the last ${plural(days, 'day')}`]),
  ];
  const inherited = BUILD_RETENTION_NAMES.filter((name) => own[name] === null && effective[name] !== null);
  const flags = inherited.map((name) => FLAGS[name]).join(', ');
  return [
    `${project ?? 'every project'}:`,
    builds.length === 0
      ? '  no build is removed'
      : `  of old builds only the record is kept but for ${builds.join(', ')}, and what is in use`,
    logDays === null ? '  no log is removed by its age' : `  logs are kept for ${plural(logDays, 'day')}`,
    ...(flags === '' ? [] : [`  set for all projects or by the operator, not here: ${flags}`]),
  ];
}

/** A number within the bounds of the rule, days also as 90d, or none. */
function rule(name: keyof typeof BUILD_RETENTION_BOUNDS): (text: string) => Rule {
  const { least, most } = BUILD_RETENTION_BOUNDS[name];
  const inDays = name !== 'keep_builds';
  const suffix = inDays ? /^(\d+)d?$/ : /^(\d+)$/;
  const expected = inDays ? 'a number of days, such as 90 or 90d' : 'a whole number';
  return (text) => {
    if (text === 'none') return text;
    const value = Number(suffix.exec(text)?.[1]);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give ${expected}, from ${least} to ${most}, or none.`);
  };
}
