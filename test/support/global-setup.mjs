import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMPILED = new URL('../../dist/src/embedded/', import.meta.url);

/**
 * Starts one PostgreSQL for the whole run, names it in KILN_TEST_POSTGRES, and resolves to what stops it. Does nothing at the level `unit`, where a server
 * is named already, and where nothing is compiled (then every test file starts its own). Before the whole run what `kiln up` needs is
 * installed, which may take longer than any test has.
 */
export async function setup() {
  if (process.env.KILN_TEST_LEVEL === 'unit' || process.env.KILN_TEST_POSTGRES) return;
  if (!existsSync(new URL('services/postgres.js', COMPILED))) return;
  const { ensurePrograms } = await import(new URL('programs.js', COMPILED));
  const { startPostgres } = await import(new URL('services/postgres.js', COMPILED));
  if (process.env.KILN_TEST_LEVEL === 'servers') await installPrograms(ensurePrograms);
  const stateFolder = await mkdtemp(join(tmpdir(), 'kiln-test-run-postgres-'));
  // As root the server runs as another user, who must be able to walk into the folder.
  await chmod(stateFolder, 0o755);
  const server = await startPostgres({
    stateFolder,
    programs: await ensurePrograms(['postgres']),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  const { user, password, host, port, database } = server.connection;
  process.env.KILN_TEST_POSTGRES = `postgres://${user}:${password}@${host}:${port}/${database}`;
  return async () => {
    await server.stop();
    await rm(stateFolder, { recursive: true, force: true });
  };
}

async function installPrograms(ensurePrograms) {
  const { STACK_PROGRAMS } = await import(new URL('stack.js', COMPILED));
  const { lintProgram } = await import(new URL('lint-program.js', COMPILED));
  const { sbomProgram } = await import(new URL('sbom-program.js', COMPILED));
  const { methodPrograms } = await import(new URL('method-programs.js', COMPILED));
  const { ensureBridgePlugins } = await import(new URL('services/run-network.js', COMPILED));
  const say = (text) => console.error(text);
  const options = { onProgress: ({ phase, text }) => phase === 'installing' && say(text) };
  await ensurePrograms(STACK_PROGRAMS, options);
  await ensureBridgePlugins(options, say);
  await lintProgram(options, say);
  await sbomProgram(options, say);
  await methodPrograms(['container', 'kaniko', 'paketo'], options, say);
}
