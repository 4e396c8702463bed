import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { looksLikeGitTarget, parseGitTarget, type GitTarget } from '../domain/builds/git-target.js';
import { prepareRequest, slugOf, type BuildOptions, type RequestSource } from './build-request.js';
import { sizeCheck, type SizeCheck } from './check-size.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { connect } from './connect.js';
import { askForProject, submitBuild } from './create-build.js';
import { usageFailure } from './failure.js';
import { judgeRequest } from './judge-request.js';
import { askForMethods, judgeSettings } from './judge-settings.js';
import { type GitFacts, NO_GIT_FACTS, readGitFacts } from './git-facts.js';
import { makeAndFollow } from './make-and-follow.js';
import type { ConnectionOptions } from './options.js';
import type { Progress } from './progress/progress.js';
import { reportDetached, reportFollowed } from './report-build.js';
import { placed, readLocalBuildFile } from './build-file.js';
import { locateSource } from './locate-source.js';
import type { Connections } from './http.js';
import type { SourceFolder } from './source-folder.js';

export type BuildCommandOptions = BuildOptions &
  ConnectionOptions & { readonly detach?: boolean; readonly progress?: string };

/** `kiln build`: sends what is missing, creates, follows. Gives the exit code. */
export async function runBuild(
  cli: Cli,
  dir: string,
  options: BuildCommandOptions,
  connections?: Connections,
): Promise<number> {
  const repository = looksLikeGitTarget(dir) ? parseGitTarget(dir) : null;
  refuseStrayGitOptions(repository, options);
  const named = repository?.remote.path.replace(/\.git$/, '') ?? dir;
  const slug = options.project ?? slugOf(named === '-' || named === '.' ? cli.cwd : named);
  const located = dir === '-' || repository !== null ? null : locateSource(cli, dir, options);
  const buildFile = dir === '-' ? readLocalBuildFile(cli.cwd, null, options.buildFile) : located?.buildFile;
  const request = prepareRequest(options, buildFile ?? null);
  const judged = await placed(buildFile ?? null, () => judgeRequest(request));
  const client = connect(cli, options, connections && { connections });
  return makeAndFollow(cli, client, options, async ({ progress, interrupts, onRetry, follow }) => {
    const early = interrupts.beforeCreation;
    // Beside the question for the project, where the answer is needed in any case.
    const offered = located === null || judged.method === undefined ? null : askForMethods(client, early);
    offered?.catch(() => undefined);
    const checkIn = located === null ? null : sizeCheck(client, slug, early);
    const project = await askForProject(client, slug, { signal: early, onRetry });
    const source = located?.inProject(project) ?? null;
    const settings =
      source === null
        ? null
        : placed(buildFile ?? null, () => judgeSettings(client, judged, project, { signal: early, offered }));
    settings?.catch(() => undefined);
    const checkSize = project === null && source !== null ? sizeCheck(client, null, early) : checkIn;
    const sent: SentSource =
      repository === null
        ? await sendSource(
            cli,
            client,
            { source, checks: async (context) => void (await Promise.all([settings, checkSize?.(context)])) },
            progress,
            early,
          )
        : { git: repository, dockerfile: options.file ?? null };
    const git = (await sent.facts) ?? NO_GIT_FACTS;
    /* From here on a build may exist: an interrupt cancels it instead of ending the request. */
    interrupts.creating();
    const build = await submitBuild(client, slug, request(sent, git), {
      signal: interrupts.left,
      onRetry,
      onProject: () => progress.note(`Project ${slug} created`),
    });
    interrupts.created(build);
    if (options.detach === true) return () => reportDetached(cli, build, options);
    const followed = await follow(build);
    return () => reportFollowed(cli, followed, options);
  });
}

/**
 * A folder with the facts of its checkout, asked for after its files were read: a change in between then makes it one of no commit. A
 * Dockerfile from stdin comes from no commit, wherever the command was typed; a repository says itself what it is.
 */
type SentSource = RequestSource & { readonly facts?: Promise<GitFacts> };

function refuseStrayGitOptions(repository: GitTarget | null, options: BuildOptions): void {
  const { submodules, lfs, history } = options;
  if (repository !== null || (submodules !== true && lfs !== true && history === undefined)) return;
  throw usageFailure(
    '--submodules, --lfs and --history belong to the URL of a git repository.',
    'Name one (kiln build https://host/repo.git#main), or leave them out.',
  );
}

async function sendSource(
  cli: Cli,
  client: Client,
  { source, checks }: { readonly source: SourceFolder | null; readonly checks: SizeCheck },
  progress: Progress,
  signal: AbortSignal,
): Promise<SentSource> {
  if (source === null) return { dockerfileInline: await readDockerfile(cli) };
  const { sendContext } = await import('./send-context.js');
  let facts = Promise.resolve(NO_GIT_FACTS);
  const uploadId = await sendContext(cli, client, source, progress, signal, {
    onDescribed: async (context) => {
      // Beside the checks and once what is asked is on its way: programs take a while to start.
      await turn();
      facts = readGitFacts(source.folder);
      await checks(context);
    },
  });
  return { uploadId, dockerfile: source.dockerfileOption, facts };
}

async function readDockerfile(cli: Cli): Promise<string> {
  if (cli.stdin.isTTY === true) {
    throw usageFailure(
      '"-" reads a Dockerfile from stdin, and stdin is a terminal.',
      'Pipe it: kiln build - < Dockerfile.',
    );
  }
  const dockerfile = await text(cli.stdin);
  if (dockerfile.trim() !== '') return dockerfile;
  throw usageFailure(
    'What came from stdin is empty; "-" reads a Dockerfile there.',
    'Pipe one: kiln build - < Dockerfile.',
  );
}
