import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { goBundle } from '../../src/embedded/programs/install-with-go.js';
import { bundleBinary, defaultCacheFolder, installBundle } from '../../src/embedded/programs/tool-cache.js';
import type { TestCertificates } from './certificates.js';
import type { TokenServer } from './token-server.js';

/** A registry of the distribution project on a free loopback port, with its own folder. */
export interface RealRegistry {
  readonly host: string;
  stop(): void;
}

export interface RealRegistryOptions {
  readonly canDelete?: boolean;
  /** A htpasswd file's text, or a server that gives tokens; open to everybody when absent. */
  readonly auth?: { readonly htpasswd: string } | { readonly tokens: TokenServer };
  /** Speaks TLS with this certificate. */
  readonly certificates?: TestCertificates;
  /** Holds copies of what another registry has (pull-through cache). */
  readonly proxyOf?: string;
}

export async function startRegistry(options: RealRegistryOptions = {}): Promise<RealRegistry> {
  const program = await programFor(options);
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-registry-'));
  const port = await freePort();
  const { certificates, proxyOf } = options;
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: path.join(folder, 'data') },
      delete: { enabled: options.canDelete ?? true },
    },
    http: {
      addr: `127.0.0.1:${port}`,
      ...(certificates !== undefined && {
        tls: { certificate: certificates.certificatePath, key: certificates.keyPath },
      }),
    },
    ...(options.auth !== undefined && { auth: authOf(options.auth, folder) }),
    ...(proxyOf !== undefined && { proxy: { remoteurl: `http://${proxyOf}` } }),
  };
  const file = path.join(folder, 'config.yml');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(program, ['serve', file], {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  return served(child, port, folder);
}

async function served(child: ChildProcess, port: number, folder: string): Promise<RealRegistry> {
  const stop = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  await answering(port, child).catch((error: unknown) => {
    stop();
    throw error;
  });
  return { host: `127.0.0.1:${port}`, stop };
}

/** The registry of go-containerregistry, which has no code of the other: it mounts nothing and cannot go on with an upload. */
export async function startCraneRegistry(): Promise<RealRegistry> {
  const { lifecycle } = await ensurePrograms(['lifecycle']);
  const crane = path.join(path.dirname(lifecycle.path), 'crane');
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-registry-'));
  const port = await freePort();
  const args = ['registry', 'serve', '--address', `127.0.0.1:${port}`, '--disk', folder];
  return served(spawn(crane, args, { stdio: 'ignore' }), port, folder);
}

/** The registry that Kiln installs has no token authentication: that of the test is compiled into the same cache. */
async function programFor({ auth }: RealRegistryOptions): Promise<string> {
  if (auth === undefined || !('tokens' in auth)) return (await ensurePrograms(['registry'])).registry.path;
  const bundle = goBundle({
    name: 'registry-with-tokens',
    version: '3.1.2',
    packages: ['.'],
    linkedVersion: {},
  });
  const cacheFolder = defaultCacheFolder(process.env, process.getuid?.());
  await installBundle(cacheFolder, bundle, () => undefined);
  return bundleBinary(cacheFolder, bundle, { binaries: ['registry-with-tokens'] });
}

function authOf(auth: NonNullable<RealRegistryOptions['auth']>, folder: string): object {
  if ('tokens' in auth) return { token: auth.tokens.registrySettings };
  const file = path.join(folder, 'htpasswd');
  writeFileSync(file, auth.htpasswd);
  return { htpasswd: { realm: 'private', path: file } };
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await isOpen(port)) return;
    if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the registry does not answer');
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
