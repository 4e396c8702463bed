import type { GitRemote } from '../../domain/builds/git-url.js';

/** What git is told about one server. */
export interface ServerSettings {
  readonly remote: GitRemote;
  /** The only addresses it may be reached at; empty where a proxy connects. */
  readonly addresses: readonly string[];
  /** Address of the proxy, which may hold its credentials; null for none. */
  readonly proxy: string | null;
  /** The value of an Authorization header; it goes to this server and no other. */
  readonly authorization: string | null;
  /** Path of the generated configuration of ssh. */
  readonly sshConfigPath: string;
  /** Path of the ssh program. */
  readonly sshProgram: string;
  /** PEM file of further authorities; null for those of the system. */
  readonly caFile: string | null;
}

/** Objects that old tools wrote and that do no harm. What could is refused: names such as `.GIT`, odd links, submodule URLs with options. */
const HARMLESS = [
  'zeroPaddedFilemode',
  'missingSpaceBeforeDate',
  'badTimezone',
  'missingNameBeforeEmail',
  'badEmail',
];

/**
 * The whole configuration of git for one repository; no other file is read. Hooks, helpers, filters, redirects and every protocol but
 * that of the URL are off, names are pinned to the addresses that were judged, and received objects are checked.
 */
export function gitSettings(server: ServerSettings): string {
  const { remote } = server;
  const origin = `${remote.protocol}://${bracketed(remote.host)}:${remote.port}/`;
  const sections: [string, Record<string, string | readonly string[]>][] = [
    [
      'core',
      {
        hooksPath: '/dev/null',
        attributesFile: '/dev/null',
        excludesFile: '/dev/null',
        fsmonitor: 'false',
        askPass: '',
        protectHFS: 'true',
        protectNTFS: 'true',
        bigFileThreshold: '16m',
        sshCommand: `${shellWord(server.sshProgram)} -F ${shellWord(server.sshConfigPath)}`,
      },
    ],
    ['protocol', { allow: 'never', version: '2' }],
    [`protocol ${quoted(remote.protocol)}`, { allow: 'always' }],
    ['credential', { helper: '' }],
    [
      'http',
      {
        followRedirects: 'false',
        proxy: server.proxy ?? '',
        sslVerify: 'true',
        lowSpeedLimit: '1000',
        lowSpeedTime: '60',
        ...(server.caFile === null ? {} : { sslCAInfo: server.caFile }),
        ...(server.addresses.length === 0 || remote.protocol === 'ssh'
          ? {}
          : { curloptResolve: pin(server) }),
      },
    ],
    ...(server.authorization === null
      ? []
      : [
          [`http ${quoted(origin)}`, { extraHeader: `Authorization: ${server.authorization}` }] as [
            string,
            Record<string, string>,
          ],
        ]),
    ['transfer', { fsckObjects: 'true' }],
    [
      'fetch',
      { fsckObjects: 'true', recurseSubmodules: 'false', unpackLimit: '1', writeCommitGraph: 'false' },
    ],
    ['fetch "fsck"', Object.fromEntries(HARMLESS.map((id) => [id, 'warn']))],
    ['submodule', { recurse: 'false' }],
    ['pack', { threads: '2' }],
    ['gc', { auto: '0' }],
    ['maintenance', { auto: 'false' }],
    ['init', { templateDir: '', defaultBranch: 'main' }],
    ['advice', { detachedHead: 'false' }],
    ['log', { showSignature: 'false', mailmap: 'false' }],
  ];
  return sections
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quoted(String(value))}`);
      return [`[${name}]`, ...lines, ''].join('\n');
    })
    .join('');
}

/** The environment of git: nothing is inherited. */
export function gitEnvironment(home: string, configPath: string): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: configPath,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_VARIANT: 'ssh',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_CEILING_DIRECTORIES: home,
  };
}

function pin({ remote, addresses }: ServerSettings): string {
  return `${bracketed(remote.host)}:${remote.port}:${addresses.map(bracketed).join(',')}`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A value or subsection name in git's configuration syntax. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

/** git hands core.sshCommand to a shell, so the two paths of this host in it are quoted; nothing else ever stands there. */
function shellWord(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
