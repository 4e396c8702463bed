import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { goBundle } from '../../src/embedded/programs/install-with-go.js';
import { bundleBinary, defaultCacheFolder, installBundle } from '../../src/embedded/programs/tool-cache.js';

/** A server that speaks S3 (versitygw) on a free loopback port, with one empty bucket. */
export interface S3Server {
  /** For KILN_BLOBS_URL. */
  readonly url: string;
  /** For the environment of who speaks to it. */
  readonly credentials: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  /** Where the objects of the bucket lie as files, by their key. */
  readonly folder: string;
  stop(): Promise<void>;
}

const BUCKET = 'kiln-blobs';

export async function startS3Server(): Promise<S3Server> {
  const program = await installed();
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-s3-'));
  const data = path.join(folder, 'data');
  // Object metadata goes into files beside: not every file system of a test machine has extended attributes.
  const sidecar = path.join(folder, 'metadata');
  mkdirSync(path.join(data, BUCKET), { recursive: true });
  mkdirSync(sidecar);
  const port = await freePort();
  const credentials = { AWS_ACCESS_KEY_ID: 'kiln-test', AWS_SECRET_ACCESS_KEY: 'no-real-secret' };
  const child = spawn(
    program,
    ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', sidecar, data],
    {
      cwd: folder,
      stdio: 'ignore',
      env: {
        ...process.env,
        ROOT_ACCESS_KEY_ID: credentials.AWS_ACCESS_KEY_ID,
        ROOT_SECRET_ACCESS_KEY: credentials.AWS_SECRET_ACCESS_KEY,
      },
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries === 200 || child.exitCode !== null) {
      await stop();
      throw new Error('the S3 server does not answer');
    }
    await sleep(50);
  }
  return {
    url: `s3://${BUCKET}/kiln?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}`,
    credentials,
    folder: path.join(data, BUCKET),
    stop,
  };
}

async function installed(): Promise<string> {
  const bundle = goBundle({
    name: 'versitygw',
    version: '1.8.0',
    packages: ['github.com/versity/versitygw/cmd/versitygw'],
    linkedVersion: {},
  });
  const cacheFolder = defaultCacheFolder(process.env, process.getuid?.());
  await installBundle(cacheFolder, bundle, () => undefined);
  return bundleBinary(cacheFolder, bundle, { binaries: ['versitygw'] });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
