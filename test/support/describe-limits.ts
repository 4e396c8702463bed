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
    'The project decides before the tenant, the tenant before the installation (a variable of the api), that before what is built in.',
    'Where the operator has set the variable, nobody goes above it. A build keeps the limits with which it was accepted; a retry gets',
    'those of its own time. Values are numbers in the unit of the name, or have a unit: `90s`, `30m`, `2h`, `1d`; `500MB`, `2GiB`.',
    '',
    '## Of builds',
    '',
    '| limit | built in | from | to | what it is | when it is reached | code | variable of the api |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...LIMIT_NAMES.map((name) => {
      const { builtIn, floor, ceiling, what, reached, code, variable } = LIMITS[name];
      const [standard, least, most] = [builtIn, floor, ceiling].map((value) => formatLimit(name, value));
      const cells = [standard, least, most, what, reached, code === null ? '' : `\`${code}\``];
      return `| \`${name}\` | ${cells.join(' | ')} | \`${variable}\` |`;
    }),
    '',
    ...HOSTS,
    '',
  ].join('\n');
}

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
