import { createSupervisor } from '../../src/supervisor/supervisor.js';
import { supervisedDeps, type SupervisedOptions } from './supervised.js';

/* Program for tests that kill a supervisor: `node supervisor-process.js <options as JSON>`. */
const options = JSON.parse(process.argv[2] ?? '{}') as SupervisedOptions;
const supervisor = createSupervisor({
  ...supervisedDeps(options),
  log: {
    info: (fields, text) => process.stderr.write(`${text} ${JSON.stringify(fields)}\n`),
    warn: (fields, text) => process.stderr.write(`${text} ${JSON.stringify(fields)}\n`),
    error: (fields, text) => process.stderr.write(`${text} ${JSON.stringify(fields)}\n`),
  },
});
process.once('SIGTERM', () => {
  void supervisor.stop().then(() => process.exit(0));
});
await supervisor.start();
process.stdout.write('ready\n');
