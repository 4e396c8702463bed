import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { watchEnds } from './ends.mjs';
import { INSPECTABLE } from './heap.mjs';

/**
 * A whole Kiln for measurements whose own host builds nothing: its engine is the stub's, everything else is what runs elsewhere. Its state is
 * new, and gone when it is stopped.
 */
export async function openSite({ slots }, closing) {
  const { startStack } = await import('../../dist/src/embedded/stack.js');
  const { removeFolder } = await import('../../dist/src/embedded/remove-folder.js');
  const { postgresDataFolder } = await import('../../dist/src/embedded/services/postgres-folder.js');
  const stateFolder = await closing.open(
    () => mkdtempSync(path.join(os.tmpdir(), 'kiln-bench-')),
    async (folder) => {
      // As root it may lie elsewhere.
      const databases = path.dirname(path.dirname(await postgresDataFolder(folder)));
      await removeFolder(folder);
      rmSync(databases, { recursive: true, force: true });
    },
  );
  const { openDatabase } = await import('../../dist/src/storage/database.js');
  const settings = { KILN_STUB_ENGINE: 'true', KILN_SYFT_PATH: '/no/syft', ...INSPECTABLE };
  const stack = await closing.open(
    () => startStack({ stateFolder, slots, methods: ['buildx'], settings, report: () => undefined }),
    (started) => started.stop(),
  );
  const portsOf = (name) =>
    JSON.parse(readFileSync(path.join(stateFolder, 'services', `${name}.json`), 'utf8')).ports;
  const secret = (name) => readFileSync(path.join(stateFolder, 'secrets', name), 'utf8').trim();
  const server = {
    host: '127.0.0.1',
    port: portsOf('postgres').sql,
    user: 'kiln',
    password: secret('postgres-superuser'),
  };
  const pool = await closing.open(
    () => new pg.Pool({ ...server, database: 'kiln', max: 4 }),
    (opened) => opened.end(),
  );
  pool.on('error', () => undefined);
  const urls = ['api', 'controller'].map((role) => [role, secret(`database-url-${role}`)]);
  const database = await closing.open(
    () => openDatabase({ url: Object.fromEntries(urls).controller }),
    (opened) => opened.destroy(),
  );
  const query = async (text, values) => (await pool.query(text, values)).rows;
  const { api_url: apiUrl, token, registry } = stack.access;
  const send = async (method, place, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${apiUrl}${place}`, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${place}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const ends = await closing.open(
    () => watchEnds(query),
    (watch) => watch.stop(),
  );
  for (const slug of ['noop', 'idle']) await send('POST', '/v1/projects', { slug }).catch(() => undefined);
  return {
    ...{ apiUrl, registry, database, query, server },
    /** Of the roles, which all databases of the server share. */
    passwords: Object.fromEntries(
      urls.map(([role, url]) => [role, decodeURIComponent(new URL(url).password)]),
    ),
    /** The way to the registry of this Kiln. */
    async transport() {
      const { openTransport } = await import('../../dist/src/adapters/registry/transport.js');
      return openTransport({ ownHost: registry, insecureHosts: [registry] });
    },
    send,
    temporal: { address: `127.0.0.1:${portsOf('temporal').grpc}`, namespace: 'kiln' },
    pids: () => stack.pids(),
    logFile: (name) => path.join(stateFolder, 'logs', `${name}.log`),
    /** Accepts a build that builds nothing. */
    accept: (project, method) =>
      send('POST', `/v1/projects/${project}/builds`, {
        method,
        source: { kind: 'inline' },
        options: {
          dockerfile_inline: 'FROM scratch',
          ...(method === 'buildx' && { build_args: { steps: '1', lines: '1' } }),
        },
      }),
    /** Resolves with the end of a build; one that did not succeed ends the measurement. */
    ended: (buildId) => ends.of(buildId),
  };
}
