const level = process.env.KILN_TEST_LEVEL;

/**
 * Levels by suffix: `.test` (pure), `.pg.test`, `.temporal.test`, `.e2e.test`. KILN_TEST_LEVEL=unit runs the pure ones only, `servers`
 * the others but for `.alone.e2e.test`, and `alone` those: they tell what is left on the machine by numbers that it gives again, such as
 * those of namespaces, so nothing else may be running.
 */
const patterns = {
  unit: '**/!(*.pg|*.temporal|*.e2e).test.ts',
  servers: '**/*.@(pg|temporal|e2e).test.ts',
  alone: '**/*.alone.e2e.test.ts',
};

export default {
  testEnvironment: '<rootDir>/test/support/suite-environment.mjs',
  roots: ['<rootDir>/test'],
  testMatch: [patterns[level] ?? '**/*.test.ts'],
  ...(level === 'servers' && { testPathIgnorePatterns: ['\\.alone\\.e2e\\.test\\.ts$'] }),
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // Each core takes a share of the pure tests. The others start servers that mostly wait for each other: two suites at once fill the cores.
  maxWorkers: { unit: '100%', alone: 1 }[level] ?? 2,
  testTimeout: 60_000,
};
