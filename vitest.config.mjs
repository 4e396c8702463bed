import { defineConfig } from 'vitest/config';

/** Levels by suffix; `.alone.e2e.test` tell what is left on the machine by numbers that it gives again, so nothing else may be running. */
const WITH_SERVERS = 'test/**/*.{pg,temporal,e2e}.test.ts';
const ALONE = 'test/**/*.alone.e2e.test.ts';
const LEVELS = {
  unit: { include: ['test/**/*.test.ts'], exclude: [WITH_SERVERS] },
  servers: { include: [WITH_SERVERS], exclude: [ALONE] },
  alone: { include: [ALONE], exclude: [] },
};
const level = process.env.KILN_TEST_LEVEL;

/** KILN_TEST_LEVEL=unit runs the pure tests only, `servers` the others but for those that run alone, and `alone` those. */
export default defineConfig({
  test: {
    ...(LEVELS[level] ?? { include: ['test/**/*.test.ts'], exclude: [] }),
    globals: true,
    globalSetup: 'test/support/global-setup.mjs',
    pool: 'forks',
    // Pure tests share what they import, which costs more than they do. Those that start processes and servers have each a process.
    isolate: level !== 'unit',
    // Pure tests now and then wait for a timer. The others start servers that mostly wait for each other: two suites at once fill the cores.
    maxWorkers: { unit: 3, alone: 1 }[level] ?? 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What comes of itself comes late on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    reporters: level === 'unit' ? ['dot'] : ['default'],
  },
});
