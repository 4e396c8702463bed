// Compiles the Temporal server that runs on PostgreSQL, and its schema tool, into the tool cache (minutes, Go >= 1.26).
import { ensureBuilt, ensureDependencies } from '../../bin/bootstrap.mjs';

await ensureDependencies();
await ensureBuilt();
const compiled = new URL('../../dist/src/embedded/programs/', import.meta.url);
const { defaultCacheFolder, installBundle } = await import(new URL('tool-cache.js', compiled));
const { goBundle } = await import(new URL('install-with-go.js', compiled));
await installBundle(
  defaultCacheFolder(process.env, process.getuid?.()),
  goBundle({
    name: 'temporal-server',
    version: '1.32.1',
    packages: ['go.temporal.io/server/cmd/server', 'go.temporal.io/server/cmd/tools/sql'],
    linkedVersion: {},
  }),
  (text) => process.stderr.write(`${text}\n`),
);
