import { spawn } from 'node:child_process';
import { cpus } from 'node:os';

/**
 * Runs tasks {name, command: argv, env} as processes, as many at once as there are cores. Output of a passing task is dropped unless
 * `show`; that of a failing one is printed whole. Resolves to the number of tasks that failed.
 */
export async function runTasks(tasks, { show = false } = {}) {
  const waiting = [...tasks];
  let failed = 0;
  const lane = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const startedAt = Date.now();
      const { code, output } = await run(task, show);
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? '✓' : '✗'} ${task.name}  ${seconds}s\n`);
      if (code !== 0) {
        failed += 1;
        if (!show) process.stdout.write(`${output}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: show ? 1 : Math.max(2, cpus().length) }, lane));
  return failed;
}

function run({ command, env = {} }, show) {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let output = '';
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (output += data));
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const bin = (name) => ['node', `node_modules/${name}`];

/** The tests: those whose path contains one of `paths`, or all of the level in KILN_TEST_LEVEL. */
export function vitest(paths = []) {
  return [...bin('vitest/vitest.mjs'), 'run', ...paths];
}

/**
 * The compilers in Go spend a fifth less time when they collect their garbage less often; it costs them 50 MB. With several processors each
 * makes as many checkers, which all look at the packages' types again; two of these tasks at once fill two cores.
 */
const GO = { GOGC: '400', GOMAXPROCS: '1' };

/** What `npm run check` does, each offline. The tests come last: they keep every core busy by themselves. */
export const CHECKS = [
  {
    name: 'lint',
    command: [...bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'],
    env: GO,
  },
  {
    name: 'types',
    command: [...bin('typescript-native/bin/tsc'), '-p', 'tsconfig.json', '--checkers', '1'],
    env: GO,
  },
  {
    name: 'import rules',
    command: [
      ...bin('dependency-cruiser/bin/dependency-cruise.mjs'),
      'src',
      'workflows',
      'activities',
      'drill',
    ],
  },
  { name: 'format', command: [...bin('oxfmt/bin/oxfmt'), '--check', '.'] },
  { name: 'unit, replay and golden tests', command: vitest(), env: { KILN_TEST_LEVEL: 'unit' } },
];
