import { ensureBuilt, ensureDependencies } from './bootstrap.mjs';
import { CHECKS, jest, runTasks } from './tasks.mjs';

await ensureDependencies();
await ensureBuilt({ checkTypes: false });
const isUnit = (task) => task.env?.KILN_TEST_LEVEL === 'unit';
const failedChecks = await runTasks(CHECKS.filter((task) => !isUnit(task)));
const failedTests = await runTasks([{ name: 'all tests', command: jest(process.argv.slice(2)) }], {
  show: true,
});
process.exitCode = failedChecks + failedTests === 0 ? 0 : 1;
