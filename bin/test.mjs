import { ensureBuilt, ensureDependencies } from './bootstrap.mjs';
import { CHECKS, vitest, runTasks } from './tasks.mjs';

await ensureDependencies();
await ensureBuilt({ checkTypes: false });
const paths = process.argv.slice(2);
const isUnit = (task) => task.env?.KILN_TEST_LEVEL === 'unit';
// The whole run is the check, whose tests share the cores, and then what needs servers, two suites at once, and those that nothing may run beside.
const checks = paths.length === 0 ? CHECKS : CHECKS.filter((task) => !isUnit(task));
const tests =
  paths.length === 0
    ? [
        { name: 'tests with servers', command: vitest(), env: { KILN_TEST_LEVEL: 'servers' } },
        {
          name: 'tests that need the machine to themselves',
          command: vitest(),
          env: { KILN_TEST_LEVEL: 'alone' },
        },
      ]
    : [{ name: 'tests', command: vitest(paths) }];
const failedChecks = await runTasks(checks);
const failedTests = await runTasks(tests, { show: true });
process.exitCode = failedChecks + failedTests === 0 ? 0 : 1;
