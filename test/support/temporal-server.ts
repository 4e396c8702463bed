import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { defaultCacheFolder } from '../../src/embedded/programs/tool-cache.js';
import { areFree } from '../../src/embedded/services/free-ports.js';

/** Pinned by tools/temporal-server; compiled by `node test/support/install-temporal-server.mjs`, which takes its time. */
const VERSION = '1.32.1';

/** Binaries of the Temporal server that runs on PostgreSQL. */
export interface TemporalServerTools {
  readonly server: string;
  readonly sqlTool: string;
}

/** Null where nobody has put them into the tool cache. */
export function findTemporalServer(): TemporalServerTools | null {
  const bin = join(
    defaultCacheFolder(process.env, process.getuid?.()),
    'tools',
    'temporal-server',
    VERSION,
    'bin',
  );
  const tools = { server: join(bin, 'server'), sqlTool: join(bin, 'sql') };
  return existsSync(tools.server) && existsSync(tools.sqlTool) ? tools : null;
}

/** Starts the server with its two databases on the PostgreSQL of `adminUrl`, a role that may create databases. */
export async function startTemporalServer(
  tools: TemporalServerTools,
  given: { readonly adminUrl: string; readonly folder: string },
): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const url = new URL(given.adminUrl);
  for (const [database, schema] of [
    ['temporal', 'postgresql/v12/temporal'],
    ['temporal_visibility', 'postgresql/v12/visibility'],
  ] as const) {
    const sql = (...args: string[]): void => {
      execFileSync(
        tools.sqlTool,
        [
          ...['--plugin', 'postgres12', '--ep', url.hostname, '-p', url.port, '-u', url.username],
          ...['--db', database, ...args],
        ],
        { env: { ...process.env, SQL_PASSWORD: url.password }, stdio: 'pipe' },
      );
    };
    sql('create-database');
    sql('setup-schema', '-v', '0.0');
    sql('update-schema', '--schema-name', schema);
  }
  const folder = join(given.folder, 'temporal-server');
  mkdirSync(folder, { recursive: true });
  const ports = await lowPorts(8);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration(url, ports, folder)));
  writeFileSync(join(folder, 'dynamic.yaml'), '{}\n');
  const log = openSync(join(folder, 'server.log'), 'a', 0o600);
  const child = spawn(
    tools.server,
    ['--config-file', join(folder, 'config.json'), '--allow-no-auth', 'start'],
    { cwd: folder, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = `127.0.0.1:${ports[0]}`;
  for (let tries = 0; ; tries += 1) {
    const connection = await Connection.connect({ address, connectTimeout: '2s' }).catch((error: unknown) => {
      if (tries > 60 || child.exitCode !== null) throw error;
      return null;
    });
    await connection?.close();
    if (connection !== null) break;
    await sleep(500);
  }
  return {
    address,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The server keeps its ports in columns of two bytes with a sign. */
async function lowPorts(count: number): Promise<number[]> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if (await areFree(Object.fromEntries(ports.map((port) => [String(port), port])))) return ports;
  }
}

/** JSON is YAML too, which is what the server reads. */
function configuration(url: URL, ports: readonly number[], folder: string): unknown {
  const datastore = (databaseName: string): unknown => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: url.host,
      connectProtocol: 'tcp',
      user: url.username,
      password: url.password,
      maxConns: 20,
      maxIdleConns: 5,
    },
  });
  const service = (index: number): unknown => ({
    rpc: { grpcPort: ports[index], membershipPort: ports[index + 4], bindOnLocalHost: true },
  });
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      numHistoryShards: 4,
      defaultStore: 'default',
      visibilityStore: 'visibility',
      datastores: { default: datastore('temporal'), visibility: datastore('temporal_visibility') },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: { frontend: service(0), matching: service(1), history: service(2), worker: service(3) },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${ports[0]}`,
        },
      },
    },
    dynamicConfigClient: { filepath: join(folder, 'dynamic.yaml'), pollInterval: '60s' },
  };
}
