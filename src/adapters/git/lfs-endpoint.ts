import { KilnError } from '../../domain/errors.js';
import { gitFailure } from './failure.js';
import { runGit } from './git-program.js';
import { LfsAccess, type LfsEndpoint } from './lfs-batch.js';
import { gitEnvironment } from './settings.js';
import type { GitHost, GitServer } from './server.js';

/**
 * The LFS server of a repository: beside it over https; over ssh the git server is asked for it (`git-lfs-authenticate`). What
 * `.lfsconfig` says is not read, so that a repository sends its credentials nowhere.
 */
export async function lfsEndpoint(
  host: GitHost,
  server: GitServer,
  scratchFolder: string,
  signal: AbortSignal,
): Promise<LfsEndpoint> {
  const { remote, authorization } = server;
  if (remote.protocol !== 'ssh') {
    const base = remote.url.endsWith('.git') ? remote.url : `${remote.url}.git`;
    return { url: `${base}/info/lfs`, headers: authorization === null ? {} : { authorization } };
  }
  // The path went through the parser of git URLs: it has no quote, space or other letter that a shell reads.
  const command = `git-lfs-authenticate '${remote.path}' download`;
  const result = await runGit(host.sshProgram, {
    args: ['-F', server.sshConfigPath, '-T', '--', remote.host, command],
    cwd: scratchFolder,
    env: gitEnvironment(scratchFolder, '/dev/null'),
    signal,
  });
  if (result.exitCode !== 0) throw gitFailure(result.stderr, { host: remote.host, hasCredential: true });
  try {
    const { href, header } = LfsAccess.parse(JSON.parse(result.stdout.toString('utf8')));
    return { url: href.replace(/\/+$/, ''), headers: header };
  } catch (cause) {
    throw new KilnError('git_failed', {
      message: `${remote.host} says over ssh nothing about its LFS server.`,
      cause,
    });
  }
}
