import { gitFailure } from '../../../src/adapters/git/failure.js';
import { gitEnvironment, gitSettings } from '../../../src/adapters/git/settings.js';
import { sshSettings } from '../../../src/adapters/git/ssh-settings.js';
import { parseGitUrl } from '../../../src/domain/builds/git-url.js';

const server = (url: string, addresses: readonly string[] = ['192.0.2.7', '2001:db8::7']) => ({
  remote: parseGitUrl(url),
  addresses,
  proxy: null,
  authorization: 'Basic c2VjcmV0',
  sshConfigPath: "/run/it's here/ssh_config",
  sshProgram: 'ssh',
  caFile: null,
});

describe('the configuration of git', () => {
  it('allows one protocol, follows nothing and runs nothing', () => {
    const text = gitSettings(server('https://git.example.com/app'));
    expect(text).toContain('[protocol]\n\tallow = "never"');
    expect(text).toContain('[protocol "https"]\n\tallow = "always"');
    expect(text).not.toContain('[protocol "ssh"]');
    for (const line of [
      'followRedirects = "false"',
      'hooksPath = "/dev/null"',
      'helper = ""',
      'fsckObjects = "true"',
    ]) {
      expect(text).toContain(`\t${line}\n`);
    }
  });

  it('pins the name to the judged addresses and binds the credential to host and port', () => {
    const text = gitSettings(server('https://git.example.com:8443/app'));
    expect(text).toContain('curloptResolve = "git.example.com:8443:192.0.2.7,[2001:db8::7]"');
    expect(text).toContain(
      '[http "https://git.example.com:8443/"]\n\textraHeader = "Authorization: Basic c2VjcmV0"',
    );
    expect(text.match(/c2VjcmV0/g)).toHaveLength(1);
  });

  it('quotes the paths that git hands to a shell', () => {
    const text = gitSettings(server('ssh://git@git.example.com/app'));
    expect(text).toContain(String.raw`sshCommand = "'ssh' -F '/run/it'\\''s here/ssh_config'"`);
  });

  it('is all that git reads', () => {
    expect(gitEnvironment('/tmp/x', '/tmp/x/gitconfig')).toMatchObject({
      ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/tmp/x/gitconfig', GIT_TERMINAL_PROMPT: '0' },
    });
  });
});

test('ssh reaches the pinned address of one host under its own name, and no other host', () => {
  const files = { identity: '/s/identity', knownHosts: '/s/known_hosts' };
  const lines = sshSettings(parseGitUrl('ssh://bot@git.example.com:2222/app'), '192.0.2.7', files).split(
    '\n',
  );
  expect(lines.slice(0, 5)).toEqual([
    'Match originalhost "git.example.com"',
    'HostName 192.0.2.7',
    'HostKeyAlias "[git.example.com]:2222"',
    'ProxyCommand none',
    'Match all',
  ]);
  expect(lines).toEqual(
    expect.arrayContaining([
      'User bot',
      'StrictHostKeyChecking yes',
      'IdentityAgent none',
      'ProxyCommand false',
    ]),
  );
});

test.each([
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'git_host_key_unknown'],
  ["fatal: Authentication failed for 'https://h/a/'", 'git_denied'],
  ['bot@h: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'git_denied'],
  ["fatal: repository 'https://h/a/' not found", 'git_not_found'],
  ['fatal: remote error: upload-pack: not our ref aaaa', 'git_ref_not_found'],
  ['fatal: unable to access: Failed to connect to h port 443: Connection refused', 'git_unreachable'],
  ['error: RPC failed; curl 56\nfatal: early EOF', 'git_unreachable'],
  ['fatal: fsck error in packed object', 'git_unsafe'],
  ['fatal: something new', 'git_failed'],
])('%j is %s', (stderr, code) => {
  const failure = gitFailure(stderr, { host: 'h', hasCredential: true });
  expect(failure.code).toBe(code);
  expect(failure.message).toContain('git said: ');
});
