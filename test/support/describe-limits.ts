import { LIMIT_NAMES, LIMITS } from '../../src/domain/limits/limit-table.js';
import { formatLimit } from '../../src/domain/limits/limit-units.js';

/** The page of every limit as Markdown, made from the table. */
export function describeLimits(): string {
  return [
    '# Limits',
    '',
    'Made from `src/domain/limits/limit-table.ts` by `UPDATE_GOLDENS=1 npm test -- test/domain/limits`; do not edit.',
    '',
    '```sh',
    'kiln limits                                         # what builds get, and where each limit comes from',
    'kiln limits set --project app step_timeout_seconds=30m image_max_bytes=2GiB',
    'kiln limits set max_queued_wait_minutes=2h          # for every project that does not say otherwise',
    'kiln limits unset --project app image_max_bytes',
    'kiln show app#3 --config                            # the limits that a build has',
    '```',
    '',
    'The project decides before the tenant, the tenant before the installation (a variable of api and controller, which take the same values), that before what is built in.',
    'Where the operator has set the variable, nobody goes above it. A build keeps the limits with which it was accepted; a retry gets',
    'those of its own time. Values are numbers in the unit of the name, or have a unit: `90s`, `30m`, `2h`, `1d`; `500MB`, `2GiB`.',
    '',
    '## Of builds',
    '',
    '| limit | built in | from | to | what it is | when it is reached | code | variable |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...LIMIT_NAMES.map((name) => {
      const { builtIn, floor, ceiling, what, reached, code, variable } = LIMITS[name];
      const [standard, least, most] = [builtIn, floor, ceiling].map((value) => formatLimit(name, value));
      const cells = [standard, least, most, what, reached, code === null ? '' : `\`${code}\``];
      return `| \`${name}\` | ${cells.join(' | ')} | \`${variable}\` |`;
    }),
    '',
    ...QUEUE,
    '',
    ...RESOURCES,
    '',
    ...HOSTS,
    '',
  ].join('\n');
}

const QUEUE = [
  '## Of the queue',
  '',
  'How many builds of a tenant, of a project and by a method run at a time, and what becomes of more: [queue.md](queue.md#limits).',
];

const RESOURCES = [
  '## Of memory, CPUs and processes',
  '',
  'A build asks for them in `resources` of kiln.yaml, of the defaults of its project or of the request, or by `kiln build --memory 2GiB',
  '--cpus 1.5 --pids 512 --network none`; each part comes from the strongest place that names it. What is above the limit is refused, and',
  'what nobody names is the limit itself. On its build host each run has one control group, made, measured and removed by the',
  'supervisor (`src/adapters/cgroup`), with these limits for all of its processes together:',
  '',
  '| method | in the group | not in it |',
  '| --- | --- | --- |',
  '| `buildx` with the BuildKit of `kiln up` as root | RUN steps, and buildctl | what BuildKit itself does: fetching, unpacking, COPY, compressing, pushing |',
  '| `buildx` with another BuildKit | buildctl | RUN steps |',
  '| `container`, `kaniko`, and every method whose program does the work itself | everything | |',
  '',
  '- **Needed**: root, and control groups of version 1 (one tree a controller, or both versions side by side) or 2, which the supervisor',
  '  may write; or a group handed over to its user, named by `KILN_CGROUP_PARENT`. On version 2 no process may live in that group itself. Where',
  '  a limit cannot be enforced, `kiln doctor` says why, and so does the log of the build: as a warning where somebody has set it.',
  '- **A BuildKit of your own** enforces nothing unless the program that it starts for steps puts them into their group, as',
  '  `src/embedded/services/step-runtime.ts` does, and `KILN_BUILDKIT_JOINS_GROUPS=true` says so. Steps that builds of one tenant share are',
  '  run once, in the group of the build that came first.',
  '- **Memory** is without swap, and with the file cache that the kernel counts to the group. A build that needs more ends with',
  '  `out_of_memory`, told by what the kernel says of the group: its count of ended processes (version 2), its log (version 1). Where neither',
  '  can be read, the limit must have been met and the step have ended by SIGKILL.',
  '- **Processes**: a build that had as many as the limit allows and failed ends with `too_many_processes` and is not tried again; the log of',
  '  one that succeeded says so.',
  '- **Network** `none` leaves RUN steps of `buildx` and `container` with loopback only. Steps of `kaniko` reach the registries of the build',
  '  nevertheless, which the log of the build says.',
  '- **Disk**: `workspace_max_bytes` for what a run keeps in its workspace; layers in the cache of BuildKit have no limit for one build.',
  '- **Metrics** come from the group: peak of memory, CPU time over wall time (100 is one CPU), bytes read and written. Of `buildx` they are',
  '  those of RUN steps, and null when none ran. Version 1 does not tell what was written, and on some kernels not what was read: methods whose',
  '  program does the work are then measured by /proc, `buildx` has null.',
];

const HOSTS = [
  '## Of disks',
  '',
  'Disks belong to the operator, so these are variables ([configuration](generated/configuration.md)) and nothing that tenants set.',
  '',
  '- `KILN_DISK_RESERVE_BYTES` of the supervisor: a build host with less free on the disk of its state folder clears the cache of',
  '  BuildKit and takes no new build until there is room again; queued builds say so. A run whose disk is full ends with `disk_full`,',
  '  and the build is tried again, on another host where there is one.',
  '- `KILN_DISK_RESERVE_BYTES` of the api: with less free, stored build contexts go that nothing has needed for half of',
  '  `KILN_UPLOAD_KEEP_HOURS`, then for a quarter, and so on while there is too little; what was needed within the last hour stays in any',
  '  case, and so does what a build that is not over needs.',
  '- `KILN_CACHE_MAX_BYTES` of `kiln up`: how large the caches of all its BuildKits together may grow, one a tenant; that which was used',
  '  longest ago is cleared first, and earlier where less than the reserve is free. A BuildKit of your own has its own policy (`[worker.oci] gcpolicy` of buildkitd.toml).',
  '- What a run leaves on its host (workspace, spool, raw output) is removed when it ends, and by the next start of the supervisor after',
  '  a crash.',
];
