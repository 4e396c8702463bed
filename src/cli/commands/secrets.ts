import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addListOptions, type ListOptions, type OwnerOptions } from '../owner-options.js';
import { addConnectionOptions, addExamples } from '../options.js';

interface SetOptions extends OwnerOptions {
  readonly fromFile?: string;
}

const ABOUT = `
A Dockerfile uses a secret by RUN --mount=type=secret,id=NAME, a build by --secret id=NAME.
Values are stored encrypted, masked in logs, and never shown again. Those shorter than 6 bytes are refused.
Without --project a secret is for every project; one of the project itself comes before it.`;

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', ABOUT);
  addExamples(command, {
    'kiln secrets set npm-token < token.txt': 'for every project',
    'kiln secrets set npm-token --project app': 'asks for the value; for one project',
    'kiln secrets list --project app': 'what its builds can use',
  });
  const set = command
    .command('set <name>')
    .description('store a value read from stdin (hidden on a terminal) or a file')
    .option('--project <project>', 'for this project only')
    .option('--from-file <file>', 'take the value from a file, byte by byte; stdin loses its final newline');
  addConnectionOptions(set, 'one JSON document: the secret without its value');
  set.action((name: string, options: SetOptions) => runAction(cli, options, () => store(cli, name, options)));
  const list = addListOptions(command.command('list').description('list secrets without their values'));
  list.action((options: ListOptions) => runAction(cli, options, () => listAll(cli, options)));
  const remove = command
    .command('remove <name>')
    .description('remove a secret')
    .option('--project <project>', 'the one of this project');
  addConnectionOptions(remove, 'one JSON document: {removed}');
  remove.action((name: string, options: OwnerOptions) =>
    runAction(cli, options, () => removeOne(cli, name, options)),
  );
}

async function store(cli: Cli, name: string, options: SetOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { putSecret } = await import('../../contracts/secrets.js');
  const { judgeBody } = await import('../judge-body.js');
  const { readHiddenValue } = await import('../hidden-input.js');
  const { ownerOf } = await import('../owner-options.js');
  const { print, printJson } = await import('../output.js');
  const params = { secret: name };
  judgeBody(putSecret.params, params, { secret: 'The name' });
  const client = connect(cli, options);
  const value = await readHiddenValue(cli, `Value of ${name}`, options.fromFile);
  const secret = await client.call(putSecret, {
    params,
    query: ownerOf(options),
    body: { value_base64: value.toString('base64') },
  });
  if (options.json === true) printJson(cli, secret);
  else {
    const whose = secret.project === null ? 'every project' : `the project ${secret.project}`;
    print(cli, [`${secret.name} is stored for ${whose} (version ${secret.version})`]);
  }
  return EXIT.success;
}

async function listAll(cli: Cli, options: ListOptions): Promise<number> {
  const { listSecrets } = await import('../../contracts/secrets.js');
  const { showList } = await import('../stored-list.js');
  return showList(cli, options, listSecrets, {
    head: ['SECRET'],
    columns: (secret) => [secret.name],
    empty: 'No secrets yet; `kiln secrets set NAME` stores one.',
  });
}

async function removeOne(cli: Cli, name: string, options: OwnerOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { deleteSecret } = await import('../../contracts/secrets.js');
  const { ownerOf } = await import('../owner-options.js');
  const { print, printJson } = await import('../output.js');
  await connect(cli, options).call(deleteSecret, { params: { secret: name }, query: ownerOf(options) });
  if (options.json === true) printJson(cli, { removed: name });
  else print(cli, [`${name} is removed`]);
  return EXIT.success;
}
