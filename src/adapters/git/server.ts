import { lookup } from 'node:dns/promises';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkGitHost, type GitHostPolicy } from '../../domain/builds/git-host.js';
import type { GitRemote } from '../../domain/builds/git-url.js';
import { KilnError } from '../../domain/errors.js';
import { proxyFor, type Proxies } from '../../domain/network/proxy.js';
import { permittedAddresses } from '../../domain/network/reach.js';
import type { GitCredential } from '../../ports/secrets.js';
import { gitFailure } from './failure.js';
import { runGit, type GitCall, type GitResult } from './git-program.js';
import { gitEnvironment, gitSettings } from './settings.js';
import { sshSettings } from './ssh-settings.js';

/** What the host of a fetch has and allows. */
export interface GitHost extends GitHostPolicy {
  readonly gitProgram: string;
  readonly sshProgram: string;
  /** PEM file of further authorities for https; null for those of the system. */
  readonly caFile: string | null;
  /** Of http and https; ssh is always direct. */
  readonly proxies: Proxies;
  /** Follows a path inside a folder link by link; raises path_escapes_context for a way that leads out. */
  readonly resolveInside: (
    folder: string,
    relativePath: string,
  ) => Promise<{ readonly absolutePath: string; readonly kind: string }>;
  /** All addresses of a name; `node:dns` where none is given. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** A git server with what opens it: names are resolved and judged, and the files that git reads are written. */
export interface GitServer {
  readonly remote: GitRemote;
  readonly addresses: readonly string[];
  readonly authorization: string | null;
  readonly sshConfigPath: string;
  /** Runs git against this server; a failure raises what it means. */
  git(args: readonly string[], call: ServerCall): Promise<GitResult>;
}

export type ServerCall = Pick<GitCall, 'cwd' | 'signal' | 'input' | 'onOutput'>;

/** Opens a server for one fetch. Its secrets lie in `folder` (mode 0700), which the caller removes. */
export async function openServer(
  host: GitHost,
  remote: GitRemote,
  credential: GitCredential | null,
  folder: string,
): Promise<GitServer> {
  checkGitHost(remote, host);
  requireFitting(remote, credential);
  const proxy =
    remote.protocol === 'ssh' ? null : proxyFor({ ...remote, scheme: remote.protocol }, host.proxies);
  // A proxy resolves the name itself, and reaches what its operator lets it reach.
  const addresses =
    proxy === null
      ? permittedAddresses(remote.host, await resolveHost(host, remote.host), host.allowedNetworks)
      : [];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => path.join(folder, name);
  const authorization = credential?.kind === 'git_token' ? basic(credential) : null;
  const sshConfigPath = at('ssh_config');
  if (credential?.kind === 'git_ssh_key') {
    const files = { identity: at('identity'), knownHosts: at('known_hosts') };
    await writeSecret(files.identity, `${credential.privateKey.replace(/\r/g, '').trimEnd()}\n`);
    await writeSecret(files.knownHosts, `${credential.knownHosts.trimEnd()}\n`);
    await writeSecret(sshConfigPath, sshSettings(remote, addresses[0] ?? null, files));
  }
  const configPath = at('gitconfig');
  const { sshProgram, caFile } = host;
  await writeSecret(
    configPath,
    gitSettings({ remote, addresses, proxy, authorization, sshConfigPath, sshProgram, caFile }),
  );
  const env = gitEnvironment(folder, configPath);
  return {
    remote,
    addresses,
    authorization,
    sshConfigPath,
    async git(args, call) {
      const result = await runGit(host.gitProgram, { ...call, args, env });
      if (result.exitCode === 0) return result;
      throw gitFailure(result.stderr, { host: remote.host, hasCredential: credential !== null });
    },
  };
}

/** Every address of a host. What cannot be resolved now may be later. */
export async function resolveHost(host: Pick<GitHost, 'resolve'>, name: string): Promise<readonly string[]> {
  try {
    if (host.resolve !== undefined) return await host.resolve(name);
    return (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOTFOUND') {
      throw new KilnError('git_not_found', { message: `There is no host named ${name}.`, cause });
    }
    throw new KilnError('git_unreachable', { message: `The name ${name} could not be resolved.`, cause });
  }
}

function requireFitting(remote: GitRemote, credential: GitCredential | null): void {
  if (remote.protocol !== 'ssh') return;
  if (credential?.kind !== 'git_ssh_key') {
    throw new KilnError('git_denied', {
      message: `${remote.host} is asked over ssh and no ssh key is stored for it.`,
    });
  }
  if (credential.knownHosts.trim() !== '') return;
  throw new KilnError('git_host_key_unknown', {
    message: `No host key of ${remote.host} is stored with its ssh key, so the server cannot be told from another.`,
  });
}

function basic({ username, token }: Extract<GitCredential, { kind: 'git_token' }>): string {
  return `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`;
}

function writeSecret(file: string, content: string): Promise<void> {
  return writeFile(file, content, { mode: 0o600 });
}
