import type { GitRemote } from '../../domain/builds/git-url.js';

/** Files that the ssh of one fetch works with. */
export interface SshFiles {
  readonly identity: string;
  readonly knownHosts: string;
}

/**
 * The whole configuration of ssh for one server: its pinned address, one key, known hosts and nothing of the user's or the
 * system's. Any other host cannot be reached.
 */
export function sshSettings(remote: GitRemote, address: string | null, files: SshFiles): string {
  const alias = remote.port === 22 ? remote.host : `[${remote.host}]:${remote.port}`;
  const forThisHost =
    address === null
      ? []
      : [
          `Match originalhost ${quoted(remote.host)}`,
          `HostName ${address}`,
          `HostKeyAlias ${quoted(alias)}`,
          'ProxyCommand none',
        ];
  return [
    ...forThisHost,
    'Match all',
    `Port ${remote.port}`,
    `User ${remote.user ?? 'git'}`,
    `IdentityFile ${quoted(files.identity)}`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    `UserKnownHostsFile ${quoted(files.knownHosts)}`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    'CheckHostIP no',
    'BatchMode yes',
    'PreferredAuthentications publickey',
    'ForwardAgent no',
    'ForwardX11 no',
    'ClearAllForwardings yes',
    'PermitLocalCommand no',
    'ControlMaster no',
    'ControlPath none',
    'CanonicalizeHostname no',
    'ConnectTimeout 20',
    'ServerAliveInterval 15',
    'ServerAliveCountMax 4',
    'LogLevel ERROR',
    // What is set first counts: only a host that has no address above comes here without a proxy command.
    'ProxyCommand false',
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
