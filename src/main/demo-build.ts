import type { Cli } from '../cli/cli.js';
import type { BuildSummary } from '../cli/build-summary.js';
import { runBuild, type BuildCommandOptions } from '../cli/run-build.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { KilnError } from '../domain/errors.js';
import { fileURLToPath } from 'node:url';
import { provideBaseImage } from '../embedded/base-image.js';
import { provideLocalBuilder } from '../embedded/local-builder.js';
import type { CliAccess } from '../embedded/state.js';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** Builds the example of a method as `kiln build` does, from images that can be pulled here, and gives the summary that --json prints. */
export async function buildExample(cli: Cli, access: CliAccess, method: BuildMethod): Promise<BuildSummary> {
  const example = await exampleOf(method, access);
  const printed: string[] = [];
  const capturing: Cli = {
    ...cli,
    env: { ...cli.env, KILN_API_URL: access.api_url, KILN_TOKEN: access.token },
    stdout: { write: (text: string) => printed.push(text) > 0 },
  };
  await runBuild(capturing, example.folder, {
    ...example.options,
    method,
    json: true,
    progress: cli.stderr.isTTY === true ? 'auto' : 'plain',
  });
  const line = printed.join('').trim();
  if (line === '') throw new KilnError('internal', { message: 'The build was left before it ended.' });
  return JSON.parse(line) as BuildSummary;
}

interface Example {
  readonly folder: string;
  readonly options: BuildCommandOptions;
}

function exampleOf(method: BuildMethod, access: CliAccess): Promise<Example> {
  if (method === 'paketo') return siteExample(access);
  return method === 'packer' ? templateExample(access) : helloExample(access);
}

async function templateExample({ registry }: CliAccess): Promise<Example> {
  const { reference: base } = await provideBaseImage({ registryUrl: `http://${registry}` });
  return {
    folder: `${EXAMPLES}packer`,
    options: { project: 'hello', buildArg: [`base=${base}`], baseImage: [base] },
  };
}

async function helloExample({ registry }: CliAccess): Promise<Example> {
  const base = await provideBaseImage({ registryUrl: `http://${registry}` });
  return { folder: `${EXAMPLES}hello`, options: { project: 'hello', buildArg: [`BASE=${base.reference}`] } };
}

async function siteExample({ registry }: CliAccess): Promise<Example> {
  const builder = await provideLocalBuilder({
    registryUrl: `http://${registry}`,
    folder: `${EXAMPLES}paketo/builder`,
  });
  return { folder: `${EXAMPLES}paketo/app`, options: { project: 'site', builder } };
}
