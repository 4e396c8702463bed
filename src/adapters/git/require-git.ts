import { isGitNewEnough, readGitVersion } from '../../domain/builds/git-version.js';
import { KilnError } from '../../domain/errors.js';
import { runGit } from './git-program.js';
import { gitEnvironment } from './settings.js';

const TIMEOUT_MS = 15_000;

/** Raises `program_missing` where there is no git, and `git_outdated` where it would not keep to the addresses that were judged. */
export async function requireGit(gitProgram: string): Promise<void> {
  const { exitCode, stdout } = await runGit(gitProgram, {
    args: ['version'],
    cwd: '/',
    env: gitEnvironment('/nonexistent', '/dev/null'),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const version = exitCode === 0 ? readGitVersion(stdout.toString('utf8')) : null;
  if (version === null) {
    throw new KilnError('program_missing', {
      message: `${gitProgram} is no git: it does not tell its version.`,
    });
  }
  if (isGitNewEnough(version)) return;
  throw new KilnError('git_outdated', {
    message: `The build host has git ${version} (${gitProgram}); sources from git need 2.37 or newer.`,
  });
}
