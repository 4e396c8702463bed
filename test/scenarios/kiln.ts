import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Build } from '../../src/contracts/builds.js';
import { provideBaseImage } from '../../src/embedded/base-image.js';
import type { CliAccess } from '../../src/embedded/state.js';
import type { UpMessage } from '../../src/main/up-messages.js';
import { newToken } from '../../src/storage/token.js';
import { sbomProgram } from '../../src/embedded/sbom-program.js';
import { removeFolder } from '../../src/embedded/remove-folder.js';
import { postgresDataFolder } from '../../src/embedded/services/postgres-folder.js';

/** The program `kiln` of this checkout. */
export const ENTRY = fileURLToPath(new URL('../../bin/kiln.cjs', import.meta.url));

/** What a tenant does with a Kiln. */
export interface TenantOfKiln {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  json<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Accepts a build of an inline Dockerfile. */
  build(dockerfile: string, options?: Record<string, unknown>): Promise<Build>;
  /** Resolves when the predicate holds for the build; rejects after the time. */
  until(
    buildId: string,
    holds: (build: Build) => boolean | Promise<boolean>,
    timeoutMs?: number,
  ): Promise<Build>;
  log(buildId: string): Promise<string>;
}

/** A whole Kiln of its own, started by `kiln up` with state in a temporary folder, in the hands of its first tenant. */
export interface TestKiln extends TenantOfKiln {
  readonly access: CliAccess;
  readonly stateFolder: string;
  /** A base image that the stack's registry serves. */
  readonly baseImage: string;
  /** Makes another tenant. */
  addTenant(slug: string): Promise<TenantOfKiln & { readonly tenantId: string }>;
  /** SIGKILL, unless another signal is named, to one process of the stack (`buildkit` or `buildkit-<tenant>` for a BuildKit); `kiln up` starts it again. */
  kill(name: string, signal?: NodeJS.Signals): void;
  /** A connection as the superuser, for its caller to end. */
  connect(): Promise<pg.Client>;
  /** Ends one process of the stack in order, as an upgrade does; resolves when its successor answers. */
  replace(name: string): Promise<void>;
  /** Rows as the superuser sees them. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  stop(options?: { keepState: boolean }): Promise<void>;
}

/** A bill of materials for each image takes seconds of a processor: those have them that look at them. */
const WITHOUT_SBOMS = { KILN_SYFT_PATH: '/no/syft' };
export const WITH_SBOMS = { KILN_SYFT_PATH: undefined };

/**
 * Kiln gives syft what everybody else leaves of the processors, which beside another suite is next to nothing. Writes a syft that takes its
 * share, where it may; gives its path, and undefined where there is no syft.
 */
async function promptSyft(folder: string): Promise<string | undefined> {
  const syft = await sbomProgram({}, () => undefined);
  if (syft === null) return undefined;
  const file = join(folder, 'syft');
  const script = `renice -n 0 -p $$ > /dev/null 2>&1\n(echo 0 > /proc/$$/autogroup) 2> /dev/null\nexec '${syft.path}' "$@"`;
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

/** Between two questions about a build that takes longer: twenty a second for each of several builds keep the api and the test busier than the builds do. */
const MAX_PAUSE_MS = 250;

/** Runs `kiln` as a person does and gives what it said. */
export async function runKiln(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

export async function startKiln(
  settings: Record<string, string | undefined> = {},
  stateFolder = mkdtempSync(join(tmpdir(), 'kiln-e2e-')),
  flags: readonly string[] = [],
  entry = ENTRY,
): Promise<TestKiln> {
  const programs = mkdtempSync(join(tmpdir(), 'kiln-e2e-programs-'));
  const syft = { ...WITHOUT_SBOMS, ...settings }.KILN_SYFT_PATH ?? (await promptSyft(programs));
  const child = fork(entry, ['up', '--state', stateFolder, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...settings, KILN_SYFT_PATH: syft },
  });
  let output = '';
  child.stderr?.on('data', (data) => (output += data));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const access = await new Promise<CliAccess>((resolve, reject) => {
    child.on('message', (message: UpMessage) => {
      if (message.kind === 'ready') resolve(message.access);
      if (message.kind === 'failed') reject(new Error(message.message));
    });
    void exited.then(() => reject(new Error(`kiln up ended: ${output}`)));
  });
  const { reference: baseImage } = await provideBaseImage({ registryUrl: `http://${access.registry}` });
  const record = (name: string): { process: { pid: number }; ports: Record<string, number> } => {
    // A BuildKit has the name of its tenant too.
    const all = readdirSync(join(stateFolder, 'services'));
    const file = all.find((one) => one === `${name}.json`) ?? all.find((one) => one.startsWith(`${name}-`));
    return JSON.parse(readFileSync(join(stateFolder, 'services', file ?? name), 'utf8'));
  };

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: record('postgres').ports['sql']!,
      user: 'kiln',
      password: readFileSync(join(stateFolder, 'secrets', 'postgres-superuser'), 'utf8'),
      database: 'kiln',
    });
    await client.connect();
    return client;
  };
  const query: TestKiln['query'] = async (sql, values = []) => {
    const client = await connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    ...tenantOf(access.api_url, access.token),
    access,
    stateFolder,
    baseImage,
    kill: (name, signal = 'SIGKILL') => void process.kill(record(name).process.pid, signal),
    connect,
    async replace(name) {
      const before = record(name).process.pid;
      process.kill(before, 'SIGTERM');
      const answers = async (): Promise<boolean> => {
        const { process: now, ports } = record(name);
        if (now.pid === before) return false;
        return fetch(`http://127.0.0.1:${ports['http']}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        );
      };
      for (let tries = 0; !(await answers().catch(() => false)); tries += 1) {
        if (tries === 400) throw new Error(`${name} did not come back`);
        await sleep(50);
      }
    },
    query,
    async addTenant(slug) {
      const { token, sha256 } = newToken('api');
      const [tenant] = await query<{ id: string }>(
        `INSERT INTO tenants (slug, name) VALUES ($1, $1) RETURNING id`,
        [slug],
      );
      const tenantId = tenant!.id;
      await query(`INSERT INTO build_concurrency_policies (tenant_id) VALUES ($1)`, [tenantId]);
      await query(
        `WITH made AS (INSERT INTO users (tenant_id, username) VALUES ($1, 'someone') RETURNING id)
         INSERT INTO api_tokens (tenant_id, user_id, token_name, token_sha256) SELECT $1, id, 'one', $2 FROM made`,
        [tenantId, sha256],
      );
      return { tenantId, ...tenantOf(access.api_url, token) };
    },
    async stop({ keepState } = { keepState: false }) {
      if (child.exitCode === null) child.kill('SIGTERM');
      await exited;
      await rm(programs, { recursive: true, force: true });
      if (keepState) return;
      // As root the data lie elsewhere where PostgreSQL's user cannot walk into the state folder.
      const database = dirname(dirname(await postgresDataFolder(stateFolder)));
      await removeFolder(stateFolder);
      await rm(database, { recursive: true, force: true });
    },
  };
}

function tenantOf(apiUrl: string, token: string): TenantOfKiln {
  const call: TenantOfKiln['call'] = (method, path, body, headers = {}) =>
    fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const json = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await call(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  };
  return {
    call,
    json,
    async build(dockerfile, options = {}) {
      await call('POST', '/v1/projects', { slug: 'scenario' });
      return json<Build>('POST', '/v1/projects/scenario/builds', {
        method: 'buildx',
        source: { kind: 'inline' },
        options: { dockerfile_inline: dockerfile, ...options },
      });
    },
    async until(buildId, holds, timeoutMs = 60_000) {
      const deadline = Date.now() + timeoutMs;
      let last: Build | null = null;
      for (let pauseMs = 50; Date.now() < deadline; pauseMs = Math.min(pauseMs * 1.3, MAX_PAUSE_MS)) {
        last = await json<Build>('GET', `/v1/builds/${buildId}`).catch(() => null);
        if (last !== null && (await holds(last))) return last;
        await sleep(pauseMs);
      }
      throw new Error(`The build did not get there in ${timeoutMs} ms: ${JSON.stringify(last)}`);
    },
    log: async (buildId) => (await call('GET', `/v1/builds/${buildId}/log`)).text(),
  };
}

/** Whether a build has ended. */
export function hasEnded(build: Build): boolean {
  return ['success', 'failed', 'cancelled'].includes(build.status);
}
