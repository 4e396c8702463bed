import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unpackDebianPackage } from '../../src/embedded/programs/download-debian-package.js';
import { defaultCacheFolder } from '../../src/embedded/programs/tool-cache.js';

/** A real sshd on a free loopback port, with one key that may log in as the user of this process. */
export class GitSshServer {
  port = 0;
  privateKey = '';
  knownHosts = '';
  readonly user = userInfo().username;
  #child: ChildProcess | null = null;

  constructor(private readonly folder: string) {}

  async start(): Promise<this> {
    const sshd = await findSshd();
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const at = (name: string): string => path.join(this.folder, name);
    for (const name of ['host_key', 'user_key']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name)]);
    }
    this.port = await freePort();
    this.privateKey = readFileSync(at('user_key'), 'utf8');
    this.knownHosts = `[127.0.0.1]:${this.port} ${readFileSync(at('host_key.pub'), 'utf8')}`;
    writeFileSync(at('authorized_keys'), readFileSync(at('user_key.pub')), { mode: 0o600 });
    writeFileSync(
      at('sshd_config'),
      [
        'ListenAddress 127.0.0.1',
        `Port ${this.port}`,
        `HostKey ${at('host_key')}`,
        `AuthorizedKeysFile ${at('authorized_keys')}`,
        'PidFile none',
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'PermitRootLogin prohibit-password',
        'AcceptEnv GIT_PROTOCOL',
        '',
      ].join('\n'),
    );
    if (process.getuid?.() === 0) {
      mkdirSync('/run/sshd', { recursive: true });
      chmodSync('/run/sshd', 0o755);
    }
    const log = at('sshd.log');
    const [program = '', ...args] = [
      ...withSshdUser(at('passwd')),
      ...[sshd.program, '-D', '-f', at('sshd_config'), '-E', log],
    ];
    this.#child = spawn(program, args, {
      env: { ...process.env, LD_LIBRARY_PATH: sshd.libraries },
      stdio: 'ignore',
    });
    for (let tries = 0; !(existsSync(log) && readFileSync(log, 'utf8').includes('listening')); tries++) {
      if (tries > 100 || this.#child.exitCode !== null) {
        throw new Error(`sshd did not start: ${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
      }
      await sleep(50);
    }
    return this;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }

  get log(): string {
    return readFileSync(path.join(this.folder, 'sshd.log'), 'utf8');
  }
}

/** The sshd of this machine, else the one of its Debian release, unpacked into the cache. */
async function findSshd(): Promise<{ program: string; libraries: string }> {
  if (existsSync('/usr/sbin/sshd')) return { program: '/usr/sbin/sshd', libraries: '' };
  const folder = path.join(defaultCacheFolder(process.env, process.getuid?.()), 'test-openssh-server');
  const sshd = path.join(folder, 'usr/sbin/sshd');
  if (!existsSync(sshd)) {
    mkdirSync(folder, { recursive: true });
    for (const name of ['libwrap0', 'openssh-server']) await unpackDebianPackage(name, folder);
  }
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return { program: sshd, libraries: path.join(folder, 'usr/lib', triplet) };
}

/**
 * Started by root, sshd gives up its rights to a user `sshd`. Where the machine has none, this process alone (in a mount namespace of
 * its own) sees a list of users that has it.
 */
function withSshdUser(passwdCopy: string): string[] {
  const passwd = readFileSync('/etc/passwd', 'utf8');
  if (process.getuid?.() !== 0 || /^sshd:/m.test(passwd)) return [];
  writeFileSync(passwdCopy, `${passwd.trimEnd()}\nsshd:x:64990:65534::/run/sshd:/usr/sbin/nologin\n`, {
    mode: 0o644,
  });
  const script = 'mount --bind "$1" /etc/passwd && shift && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', passwdCopy];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
