import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';

interface WatchOptions extends ConnectionOptions {
  readonly canary?: boolean;
  readonly branch?: string;
}

const ABOUT = `
Which images are watched follows from what the newest success of each watched project was made from: docs/base-images.md.`;

/** `kiln base-images`: builds that start when the tags have moved that projects stand on. */
export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', ABOUT);
  addExamples(command, {
    'kiln base-images': 'which tags are watched, and where they point now',
    'kiln base-images watch app --branch main': 'build app again when an image that it stands on has moved',
    'kiln base-images watch app --canary': 'the same, before all others that stand on the same image',
    'kiln base-images moves': 'what has moved, and what became of the projects',
    'kiln base-images check': 'look now',
  });
  const on = <O extends ConnectionOptions>(
    sub: Command,
    json: string,
    act: (options: O) => Promise<number>,
  ) => addConnectionOptions(sub, json).action((options: O) => runAction(cli, options, () => act(options)));
  const onOne = <O extends ConnectionOptions>(
    sub: Command,
    json: string,
    act: (name: string, options: O) => Promise<number>,
  ) =>
    addConnectionOptions(sub, json).action((name: string, options: O) =>
      runAction(cli, options, () => act(name, options)),
    );
  const sub = (name: string, summary: string): Command => command.command(name).description(summary);

  on(command, 'one JSON document: {items}', (options) => list(cli, options));
  on(sub('list', 'list the tags that are watched'), 'one JSON document: {items}', (options) =>
    list(cli, options),
  );
  onOne(
    sub('watch <project>', 'build a project again when images have moved that it stands on')
      .option('--canary', 'it builds first of all that stand on the same image')
      .option('--branch <name>', 'what the newest success of this branch stands on (of any)'),
    'the changed project as JSON',
    (project, { canary = false, branch, ...options }: WatchOptions) =>
      change(cli, project, { canary, branch: branch ?? null }, options),
  );
  onOne(
    sub('unwatch <project>', 'watch a project no more'),
    'the changed project as JSON',
    (project, options) => change(cli, project, null, options),
  );
  on(sub('moves', 'list what has moved, and what became of it'), 'one JSON document: {items}', (options) =>
    moves(cli, options),
  );
  onOne(
    sub('resume <move>', 'let a move go on that failures have stopped'),
    'the move as JSON',
    (move, options) => resume(cli, move, options),
  );
  on(sub('check', 'look now where the tags point'), 'one JSON document: {images}', (options) =>
    check(cli, options),
  );
}

async function list(cli: Cli, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { listWatchedImages } = await import('../../contracts/base-images.js');
  const { watchedImageLines } = await import('../views/base-image-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const answer = await connect(cli, options).call(listWatchedImages, {});
  if (options.json === true) printJson(cli, answer);
  else print(cli, watchedImageLines(answer.items, styleOf(cli, cli.stdout)));
  return EXIT.success;
}

async function change(
  cli: Cli,
  project: string,
  watch: { readonly canary: boolean; readonly branch: string | null } | null,
  options: ConnectionOptions,
): Promise<number> {
  const { connect } = await import('../connect.js');
  const { updateProject } = await import('../../contracts/projects.js');
  const { judgeBody } = await import('../judge-body.js');
  const { print, printJson } = await import('../output.js');
  const body = { base_image_watch: watch };
  judgeBody(updateProject.body, body, { 'base_image_watch.branch': '--branch' });
  const changed = await connect(cli, options).call(updateProject, { params: { project }, body });
  if (options.json === true) printJson(cli, changed);
  else if (watch === null) print(cli, [`${changed.slug} is watched no more`]);
  else print(cli, [`${changed.slug} is watched; \`kiln base-images check\` looks now`]);
  return EXIT.success;
}

async function moves(cli: Cli, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { listBaseImageMoves } = await import('../../contracts/base-images.js');
  const { moveLines } = await import('../views/base-image-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const answer = await connect(cli, options).call(listBaseImageMoves, {});
  if (options.json === true) printJson(cli, answer);
  else print(cli, moveLines(answer.items, styleOf(cli, cli.stdout)));
  return EXIT.success;
}

async function resume(cli: Cli, move: string, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { resumeBaseImageMove } = await import('../../contracts/base-images.js');
  const { moveLines } = await import('../views/base-image-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const resumed = await connect(cli, options).call(resumeBaseImageMove, { params: { move } });
  if (options.json === true) printJson(cli, resumed);
  else print(cli, moveLines([resumed], styleOf(cli, cli.stdout)));
  return EXIT.success;
}

async function check(cli: Cli, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { checkBaseImages } = await import('../../contracts/base-images.js');
  const { print, printJson } = await import('../output.js');
  const answer = await connect(cli, options).call(checkBaseImages, {});
  if (options.json === true) printJson(cli, answer);
  else if (answer.images === 0)
    print(cli, ['No tag is watched. `kiln base-images watch PROJECT` watches those of a project.']);
  else
    print(cli, [
      `${String(answer.images)} tags are looked at; \`kiln base-images moves\` shows what has moved`,
    ]);
  return EXIT.success;
}
