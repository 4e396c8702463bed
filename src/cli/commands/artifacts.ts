import { Option, type Command } from 'commander';
import { runAction } from '../action.js';
import { ARTIFACT_TYPES, type ArtifactType } from '../../domain/builds/artifact.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';

export interface ArtifactsOptions extends ConnectionOptions {
  readonly output?: string;
  readonly type?: ArtifactType;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest')
    .argument('[name]', 'the artifact to download; without one they are listed')
    .addOption(
      new Option(
        '-o, --output <file>',
        'where to put it; - is stdout; its own name in this folder unless set',
      ),
    )
    .addOption(new Option('--type <type>', 'which one, where several have the name').choices(ARTIFACT_TYPES));
  addExamples(command, {
    'kiln artifacts app#3': 'its image, its log, what was kept of its stages',
    'kiln artifacts app#3 app.txt': 'downloads it, or goes on with it; a folder comes as NAME.tar',
    'kiln artifacts app#3 docs -o - | tar -x -C docs': 'unpacks a folder',
  });
  addConnectionOptions(command, 'one JSON document {items}; of a download the artifact and its file');
  command.action((reference: string, name: string | undefined, options: ArtifactsOptions) =>
    runAction(cli, options, () =>
      name === undefined ? listAll(cli, reference, options) : download(cli, reference, name, options),
    ),
  );
}

async function listAll(cli: Cli, reference: string, options: ArtifactsOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findBuild } = await import('../build-reference.js');
  const { listArtifacts } = await import('../../contracts/artifact-operations.js');
  const { artifactLines } = await import('../views/artifact-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const client = connect(cli, options);
  const build = await findBuild(client, reference);
  const { items } = await client.call(listArtifacts, { params: { build: build.id } });
  if (options.json === true) printJson(cli, { items });
  else
    print(
      cli,
      items.length === 0 ? ['There are no artifacts.'] : artifactLines(items, styleOf(cli, cli.stdout)),
    );
  return EXIT.success;
}

async function download(
  cli: Cli,
  reference: string,
  name: string,
  options: ArtifactsOptions,
): Promise<number> {
  const { downloadArtifact } = await import('../download-artifact.js');
  return downloadArtifact(cli, reference, name, options);
}
