import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensurePrograms } from '../../../src/embedded/programs.js';

/** A registry of the distribution project on a free loopback port, with its own folder. */
export interface RealRegistry {
  readonly host: string;
  stop(): void;
}

export async function startRegistry(options: { canDelete: boolean }): Promise<RealRegistry> {
  const { registry } = await ensurePrograms(['registry']);
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-registry-'));
  const port = await freePort();
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: path.join(folder, 'data') },
      delete: { enabled: options.canDelete },
    },
    http: { addr: `127.0.0.1:${port}` },
  };
  const file = path.join(folder, 'config.yml');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(registry.path, ['serve', file], { stdio: 'ignore' });
  await answering(port, child);
  return {
    host: `127.0.0.1:${port}`,
    stop: () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp || child.exitCode !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
