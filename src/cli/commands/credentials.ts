import type { Command } from 'commander';
import { Argument } from 'commander';
import type { CredentialKind } from '../../domain/secrets/credential.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions } from '../options.js';
import { addListOptions, type ListOptions, type OwnerOptions } from '../owner-options.js';

interface SetOptions extends OwnerOptions {
  readonly username?: string;
  readonly knownHosts?: string;
  readonly fromFile?: string;
}

const KINDS = ['git-token', 'git-ssh-key', 'registry'] as const;
type Kind = (typeof KINDS)[number];

const ABOUT = `
Kinds: git-token (http or https, with --username where the host asks for one), git-ssh-key (with --known-hosts),
registry (with --username). A credential is sent to its host (host or host:port) and to no other.

  kiln credentials set git-token git.example.com < token
  kiln credentials set git-ssh-key git.example.com --known-hosts known_hosts --from-file id_ed25519
  kiln credentials set registry registry.example.com:5000 --username pusher --project app`;

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', ABOUT);
  const kind = (): Argument => new Argument('<kind>', 'what it is for').choices(KINDS);
  const set = command
    .command('set')
    .description('store a token, key or password read from stdin (hidden on a terminal) or a file')
    .addArgument(kind())
    .argument('<host>', 'host or host:port')
    .option('--project <project>', 'for this project only')
    .option('--username <name>', 'user of the token or password')
    .option('--known-hosts <file>', 'host keys to accept, as in ~/.ssh/known_hosts')
    .option('--from-file <file>', 'take the value from a file');
  addConnectionOptions(set, 'one JSON document: the credential without its value');
  set.action((which: Kind, host: string, options: SetOptions) =>
    runAction(cli, options, () => store(cli, which, host, options)),
  );
  const list = addListOptions(command.command('list').description('list credentials without their values'));
  list.action((options: ListOptions) => runAction(cli, options, () => listAll(cli, options)));
  const remove = command
    .command('remove')
    .description('remove a credential')
    .addArgument(kind())
    .argument('<host>', 'host or host:port')
    .option('--project <project>', 'the one of this project');
  addConnectionOptions(remove, 'one JSON document: {removed}');
  remove.action((which: Kind, host: string, options: OwnerOptions) =>
    runAction(cli, options, () => removeOne(cli, which, host, options)),
  );
}

/** The API's name of a kind. */
function named(kind: Kind): CredentialKind {
  return kind.replaceAll('-', '_') as CredentialKind;
}

async function store(cli: Cli, kind: Kind, host: string, options: SetOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { putCredential } = await import('../../contracts/credentials.js');
  const { readHiddenValue } = await import('../hidden-input.js');
  const { ownerOf } = await import('../owner-options.js');
  const { print, printJson } = await import('../output.js');
  const client = connect(cli, options);
  const { username, knownHosts } = options;
  const accepted = knownHosts === undefined ? undefined : await readHiddenValue(cli, 'Host keys', knownHosts);
  const value = await readHiddenValue(cli, `${kind} for ${host}`, options.fromFile);
  // A file made by an editor ends with a newline that is no part of a token or password.
  const text = kind === 'git-ssh-key' ? value.toString() : value.toString().replace(/\r?\n$/, '');
  const stored = await client.call(putCredential, {
    params: { kind: named(kind), host },
    query: ownerOf(options),
    body: {
      value: text,
      ...(username === undefined ? {} : { username }),
      ...(accepted === undefined ? {} : { known_hosts: accepted.toString() }),
    },
  });
  if (options.json === true) printJson(cli, stored);
  else {
    const whose = stored.project === null ? 'every project' : `the project ${stored.project}`;
    print(cli, [`The ${kind} for ${stored.host} is stored for ${whose} (version ${stored.version})`]);
  }
  return EXIT.success;
}

async function listAll(cli: Cli, options: ListOptions): Promise<number> {
  const { listCredentials } = await import('../../contracts/credentials.js');
  const { showList } = await import('../stored-list.js');
  return showList(cli, options, listCredentials, {
    head: ['KIND', 'HOST', 'USER'],
    columns: ({ kind, host, username }) => [kind.replaceAll('_', '-'), host, username ?? '-'],
    empty: 'No credentials yet; `kiln credentials set KIND HOST` stores one.',
  });
}

async function removeOne(cli: Cli, kind: Kind, host: string, options: OwnerOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { deleteCredential } = await import('../../contracts/credentials.js');
  const { ownerOf } = await import('../owner-options.js');
  const { print, printJson } = await import('../output.js');
  const params = { kind: named(kind), host };
  await connect(cli, options).call(deleteCredential, { params, query: ownerOf(options) });
  if (options.json === true) printJson(cli, { removed: host });
  else print(cli, [`The ${kind} for ${host} is removed`]);
  return EXIT.success;
}
