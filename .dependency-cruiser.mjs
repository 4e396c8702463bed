/**
 * The import table of ARCHITECTURE.md as rules: one row a floor, naming all that it may import (`types`: for their types only).
 * What is not in the row is forbidden, and so is every package that `packages` does not name. src/main, src/embedded and test may import everything of ours; nobody imports test or drill.
 */
const OWN = '^(src|workflows|activities|drill|test|bench)/';
const column = (floor) => ({ from: `^src/${floor}/([^/]+)/`, own: `^src/${floor}/$1/` });
const engines = column('engines');
/** The options of each method, and what several of them share. */
const SCHEMAS = '^src/engines/([^/]+/schema|dockerfile/(fields|tests)|paketo/bindings)\\.ts$';
const runners = column('runners');
const adapters = column('adapters');

/** What each column of the adapters speaks to the outside with. */
const adapterPackages = {
  artifacts: ['tar-stream'],
  blobs: ['@aws-sdk/client-s3', '@aws-sdk/lib-storage'],
  'build-file': ['yaml', 'zod'],
  buildah: [],
  buildkit: [],
  cgroup: [],
  context: ['tar-stream'],
  'control-plane': ['zod'],
  'credential-helpers': [],
  disk: [],
  git: ['zod'],
  hadolint: ['yaml', 'zod'],
  inspection: ['zod'],
  keyring: ['zod'],
  layers: ['fzstd', 'tar-stream'],
  methods: [],
  notifications: ['standardwebhooks'],
  registry: ['undici', 'zod'],
  signing: [],
  supervisor: [],
  'test-reports': ['sax', 'tar-stream'],
  temporal: ['@temporalio/client', '@temporalio/common'],
  traces: [
    '@opentelemetry/api',
    '@opentelemetry/exporter-trace-otlp-proto',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace',
  ],
  webhooks: ['zod'],
};

const table = [
  { name: 'domain', from: '^src/domain/', may: ['^src/domain/'], packages: [], core: false },
  {
    name: 'engine-schema',
    from: SCHEMAS,
    may: ['^src/domain/', '^src/engines/(dockerfile/(fields|tests)|paketo/bindings)\\.ts$'],
    packages: ['zod'],
  },
  {
    name: 'contracts',
    from: '^src/contracts/',
    may: ['^src/contracts/', '^src/domain/', SCHEMAS, '^src/engines/methods\\.ts$'],
    packages: ['zod'],
  },
  {
    name: 'ports',
    from: '^src/ports/',
    may: ['^src/ports/', '^src/domain/'],
    types: ['^src/contracts/', '^workflows/contract\\.ts$'],
    packages: [],
  },
  {
    name: 'workflows',
    from: '^workflows/',
    may: ['^workflows/', '^src/domain/'],
    types: ['^activities/', '^src/contracts/'],
    packages: ['@temporalio/workflow'],
    core: false,
  },
  {
    name: 'activities',
    from: '^activities/',
    may: ['^activities/', '^src/ports/', '^src/domain/'],
    types: ['^workflows/'],
    packages: ['@temporalio/activity', '@temporalio/common'],
  },
  {
    name: 'storage',
    from: '^src/storage/',
    may: ['^src/storage/', '^src/ports/', '^src/domain/'],
    types: ['^src/contracts/', '^workflows/contract\\.ts$'],
    packages: ['kysely', 'pg'],
  },
  {
    name: 'engines',
    from: engines.from,
    may: [engines.own, '^src/engines/(buildah|dockerfile|output|runc)/', '^src/ports/', '^src/domain/'],
    packages: ['zod'],
  },
  {
    name: 'engine-list',
    from: '^src/engines/(index|methods)\\.ts$',
    may: ['^src/engines/(index\\.ts$|[^/]+/method\\.ts$)', '^src/ports/', '^src/domain/'],
    packages: ['zod'],
  },
  {
    name: 'runners',
    from: runners.from,
    may: [runners.own, '^src/runners/runs/', '^src/ports/', '^src/domain/'],
    packages: [],
  },
  {
    name: 'adapters',
    from: adapters.from,
    may: [
      adapters.own,
      '^src/ports/',
      '^src/domain/',
      '^src/contracts/',
      '^workflows/(contract|activity-options)\\.ts$',
    ],
    packages: Object.values(adapterPackages).flat(),
  },
  ...Object.entries(adapterPackages).map(([name, packages]) => ({
    name: `adapters-${name}`,
    from: `^src/adapters/${name}/`,
    packages,
  })),
  {
    name: 'supervisor',
    from: '^src/supervisor/',
    may: ['^src/supervisor/', '^src/ports/', '^src/domain/', '^src/contracts/'],
    packages: ['zod'],
  },
  {
    name: 'controller',
    from: '^src/controller/',
    may: ['^src/controller/', '^src/acceptance/', '^src/ports/', '^src/domain/'],
    packages: [],
  },
  {
    name: 'acceptance',
    from: '^src/acceptance/',
    may: ['^src/acceptance/', '^src/contracts/', '^src/ports/', '^src/domain/'],
    packages: [],
  },
  {
    name: 'api',
    from: '^src/api/',
    may: [
      '^src/api/',
      '^src/acceptance/',
      '^src/contracts/',
      '^src/ports/',
      '^src/domain/',
      '^workflows/contract\\.ts$',
    ],
    packages: ['express', 'helmet', 'zod'],
  },
  {
    name: 'cli',
    from: '^src/cli/',
    may: ['^src/cli/', '^src/contracts/', '^src/domain/', '^src/adapters/(context|build-file)/'],
    packages: ['commander', 'picocolors', 'zod'],
  },
  { name: 'telemetry', from: '^src/telemetry/', may: ['^src/telemetry/'], packages: ['pino', 'prom-client'] },
  {
    name: 'config',
    from: '^src/config(\\.ts$|/)',
    may: ['^src/config/', '^src/domain/errors\\.ts$', '^src/domain/(limits|network|dispatch|retention)/'],
    packages: ['zod'],
  },
  {
    name: 'main',
    from: '^src/main/',
    packages: ['@temporalio/client', '@temporalio/worker', 'commander', 'kysely', 'open'],
  },
  {
    name: 'embedded',
    from: '^src/embedded/',
    packages: ['@temporalio/client', '@temporalio/common', 'execa', 'pg', 'tar-stream', 'zod'],
  },
  { name: 'drill', from: '^drill/', may: ['^drill/', '^src/'], packages: ['@temporalio/client', 'pg'] },
];

const rules = table.flatMap(({ name, from, may, types = [], packages, core = true }) => [
  ...(may === undefined
    ? []
    : [
        {
          name: `${name}-imports`,
          comment: `See the row "${name}" of the import table: pass what you need as an argument, or move the code to the floor it belongs to.`,
          severity: 'error',
          from: { path: from },
          to: { path: OWN, pathNot: [...may, ...types] },
        },
      ]),
  ...(types.length === 0
    ? []
    : [
        {
          name: `${name}-types-only`,
          comment: 'Only the types of this floor may be imported: write `import type`.',
          severity: 'error',
          from: { path: from },
          to: { path: types, pathNot: may, dependencyTypesNot: ['type-only'] },
        },
      ]),
  ...(packages === undefined
    ? []
    : [
        {
          name: `${name}-packages`,
          comment: 'This floor knows only the packages of its row.',
          severity: 'error',
          from: { path: from },
          to: {
            dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
            pathNot: packages.map((name) => `node_modules/(@types/)?${name}/`),
          },
        },
      ]),
  ...(core
    ? []
    : [
        {
          name: `${name}-no-node`,
          comment: 'This floor is pure: no Node built-ins.',
          severity: 'error',
          from: { path: from },
          to: { dependencyTypes: ['core'] },
        },
      ]),
]);

export default {
  forbidden: [
    ...rules,
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea or need a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'questions-start-light',
      comment:
        'What starts a whole Kiln takes a second to load, and `kiln verify IMAGE` and `kiln keys public` need nothing of it: import() it where it is needed.',
      severity: 'error',
      from: { path: '^src/main/(keys|verify)\\.ts$' },
      to: { path: '^src/embedded/', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    },
    {
      name: 'nobody-imports-main',
      comment: 'src/main composes; what others need lives on its own floor.',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/', pathNot: '^src/main/' },
      to: { path: '^src/main/' },
    },
    {
      name: 'nobody-imports-test',
      comment: 'Test code stays in test.',
      severity: 'error',
      from: { path: '^(src|workflows|activities|drill|bench)/' },
      to: { path: '^test/' },
    },
    {
      name: 'nobody-imports-drill',
      comment: 'The drill looks at Kiln from outside; Kiln knows nothing of it.',
      severity: 'error',
      from: { path: '^(src|workflows|activities|bench)/' },
      to: { path: '^drill/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node'],
      // Each is tried for each import, and ours name a `.js` that is a `.ts`: with all that there are the check takes half as long again.
      extensions: ['.ts', '.js', '.d.ts', '.mjs', '.cjs', '.json'],
      // What is on the disk does not change meanwhile.
      cachedInputFileSystem: { cacheDuration: 600_000 },
    },
  },
};
