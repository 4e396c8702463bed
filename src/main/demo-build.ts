import type { Cli } from '../cli/cli.js';
import type { BuildSummary } from '../cli/build-summary.js';
import { runBuild } from '../cli/run-build.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { KilnError } from '../domain/errors.js';
import { provideBaseImage } from '../embedded/base-image.js';
import type { CliAccess } from '../embedded/state.js';

/** Builds a folder as `kiln build` does, with a base image that can be pulled here, and gives the summary that --json prints. */
export async function buildExample(
  cli: Cli,
  access: CliAccess,
  folder: string,
  method: BuildMethod,
): Promise<BuildSummary> {
  const base = await provideBaseImage({ registryUrl: `http://${access.registry}` });
  const printed: string[] = [];
  const capturing: Cli = {
    ...cli,
    env: { ...cli.env, KILN_API_URL: access.api_url, KILN_TOKEN: access.token },
    stdout: { write: (text: string) => printed.push(text) > 0 },
  };
  await runBuild(capturing, folder, {
    project: 'hello',
    method,
    buildArg: [`BASE=${base.reference}`],
    json: true,
    progress: cli.stderr.isTTY === true ? 'auto' : 'plain',
  });
  const line = printed.join('').trim();
  if (line === '') throw new KilnError('internal', { message: 'The build was left before it ended.' });
  return JSON.parse(line) as BuildSummary;
}
