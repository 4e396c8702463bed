import type { Cli } from '../cli/cli.js';
import type { BuildSummary } from '../cli/build-summary.js';
import { createClient } from '../cli/client.js';
import { CommandFailure } from '../cli/failure.js';
import { runBuild, type BuildCommandOptions } from '../cli/run-build.js';
import { createProject, updateProject } from '../contracts/projects.js';
import { METHODS } from '../engines/methods.js';
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
  const needsTrust = METHODS[method]?.isForTrusted === true;
  const project = needsTrust ? `${example.options.project}-trusted` : example.options.project;
  if (needsTrust) await makeTrusted(cli, access, project);
  const printed: string[] = [];
  const capturing: Cli = {
    ...cli,
    env: { ...cli.env, KILN_API_URL: access.api_url, KILN_TOKEN: access.token },
    stdout: { write: (text: string) => printed.push(text) > 0 },
  };
  await runBuild(capturing, example.folder, {
    ...example.options,
    project,
    method,
    json: true,
    progress: cli.stderr.isTTY === true ? 'auto' : 'plain',
  });
  const line = printed.join('').trim();
  if (line === '') throw new KilnError('internal', { message: 'The build was left before it ended.' });
  return JSON.parse(line) as BuildSummary;
}

/** The demo runs the example as whoever administers this Kiln, who may trust it. */
async function makeTrusted(cli: Cli, access: CliAccess, slug: string): Promise<void> {
  const client = createClient({ apiUrl: access.api_url, token: access.token });
  try {
    await client.call(createProject, { body: { slug, trust: 'trusted' } });
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.code !== 'conflict') throw error;
    await client.call(updateProject, { params: { project: slug }, body: { trust: 'trusted' } });
  }
  cli.stderr.write(`This method is for trusted code: the project ${slug} is trusted now.\n`);
}

interface Example {
  readonly folder: string;
  readonly options: BuildCommandOptions & { readonly project: string };
}

function exampleOf(method: BuildMethod, access: CliAccess): Promise<Example> {
  if (method === 'paketo') return siteExample(access);
  return method === 'packer' ? templateExample(access) : helloExample(access);
}

async function templateExample({ registry }: CliAccess): Promise<Example> {
  const { reference: base } = await demoBase(registry);
  return {
    folder: `${EXAMPLES}packer`,
    options: { project: 'hello', buildArg: [`base=${base}`], baseImage: [base] },
  };
}

async function helloExample({ registry }: CliAccess): Promise<Example> {
  const base = await demoBase(registry);
  return { folder: `${EXAMPLES}hello`, options: { project: 'hello', buildArg: [`BASE=${base.reference}`] } };
}

async function siteExample({ registry }: CliAccess): Promise<Example> {
  const builder = await provideLocalBuilder({
    registryUrl: `http://${registry}`,
    folder: `${EXAMPLES}paketo/builder`,
    packageManager: 'apk',
  });
  return { folder: `${EXAMPLES}paketo/app`, options: { project: 'site', builder } };
}

/** With packages, so that bills of materials have something to name. */
function demoBase(registry: string): ReturnType<typeof provideBaseImage> {
  return provideBaseImage({ registryUrl: `http://${registry}`, packageManager: 'dpkg' });
}
