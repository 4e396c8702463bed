import tseslint from 'typescript-eslint';

const noShell = [
  {
    selector: 'CallExpression[callee.name=/^exec(Sync)?$/]',
    message: 'A shell string is never run: use execa with an argv array.',
  },
  { selector: "Property[key.name='shell']", message: 'No shell: use an argv array.' },
];

const errorsFromTheTable = [
  {
    selector: "NewExpression[callee.name='Error']",
    message: 'Throw a KilnError with a code from src/domain/errors.ts.',
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.kiln/', 'docs/', 'tools/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-restricted-syntax': ['error', ...noShell],
      'max-lines': ['error', 300],
    },
  },
  {
    files: ['src/**/*.ts', 'activities/**/*.ts', 'workflows/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...noShell, ...errorsFromTheTable],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:child_process',
              importNames: ['exec', 'execSync'],
              message: 'No shell: use execa.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'activities/**/*.ts'],
    ignores: ['src/config.ts', 'src/embedded/**', 'src/main/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'src/config.ts is the only reader of the environment.',
        },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'A workflow is deterministic: no Node built-ins.' }] },
      ],
    },
  },
);
