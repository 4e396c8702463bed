import type { Command } from 'commander';
import type { RegistryTest } from '../../contracts/registry-tests.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples } from '../options.js';
import type { OwnerOptions } from '../owner-options.js';

const TITLES: Readonly<Record<RegistryTest['steps'][number]['step'], string>> = {
  name: 'Name',
  connection: 'Connection',
  tls: 'TLS',
  api: 'API',
  credentials: 'Credentials',
  pull: 'Pull',
  push: 'Push',
};

export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln registry test registry.example.com': 'can Kiln reach it?',
    'kiln registry test registry.example.com/team/app --project app':
      'may builds of app pull and push there?',
  });
  const test = command
    .command('test <registry>')
    .description('try the way to a host[:port] or a repository host[:port]/path, and say what is wrong')
    .option('--project <project>', 'with the credentials of this project');
  addConnectionOptions(test, 'one JSON document: {registry, ok, steps}');
  test.action((registry: string, options: OwnerOptions) =>
    runAction(cli, options, () => testOne(cli, registry, options)),
  );
}

async function testOne(cli: Cli, registry: string, options: OwnerOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { testRegistry } = await import('../../contracts/registry-tests.js');
  const { judgeBody } = await import('../judge-body.js');
  const { ownerOf } = await import('../owner-options.js');
  const { print, printJson, styleOf } = await import('../output.js');
  judgeBody(testRegistry.body, { registry }, { registry: 'The registry' });
  const query = ownerOf(options);
  const result = await connect(cli, options).call(testRegistry, { query, body: { registry } });
  if (options.json === true) printJson(cli, result);
  else {
    const { tone, dim } = styleOf(cli, cli.stdout);
    const marks = { ok: tone.good('✓'), failed: tone.bad('✗'), skipped: dim('-') };
    print(
      cli,
      result.steps.flatMap(({ step, status, message, remedy }) => [
        `${marks[status]} ${TITLES[step].padEnd(12)} ${status === 'skipped' ? dim(message) : message}`,
        ...(remedy === null ? [] : [`  ${' '.repeat(12)} ${remedy}`]),
      ]),
    );
  }
  return result.ok ? EXIT.success : EXIT.failed;
}
