import { ensureBuilt, ensureDependencies } from './bootstrap.mjs';
import { CHECKS, runTasks } from './tasks.mjs';

await ensureDependencies();
await ensureBuilt({ checkTypes: false });
process.exitCode = (await runTasks(CHECKS)) === 0 ? 0 : 1;
