/** `npm run drill -- [options]`: kills the parts of a Kiln while it builds, and judges whether it kept its word. README.md says more. */
import { ensureBuilt, ensureDependencies, ROOT } from '../bin/bootstrap.mjs';

await ensureDependencies();
await ensureBuilt();
const { main } = await import('../dist/drill/main.js');
// Of a drill that was interrupted, clients may still be waiting for answers.
process.exit(await main(ROOT, process.argv.slice(2)));
