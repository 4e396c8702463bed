import { formatResource, RESOURCES } from '../domain/builds/resources.js';
import { GROUP_LIMITS, type GroupLimit, type GroupLimits, type RunGroup } from '../ports/run-groups.js';
import type { Machine, RunDeps } from './deps.js';
import { type Journal, runKey } from './journal.js';
import type { RunLog } from './run-log.js';

/** More than this would take the machine's other processes down with a build. */
const MEMORY_SHARE = 0.75;
const MIB = 1024 ** 2;

/** What the build may use of this machine: what its limits give, within what the machine has. */
export function groupLimits({ resources }: Journal, machine: Machine | undefined): GroupLimits {
  const { memory_bytes: memory, cpu_milli: cpu, pids } = resources;
  const most = Math.floor(((machine?.memoryBytes ?? Infinity) * MEMORY_SHARE) / MIB) * MIB;
  return {
    memoryBytes: Math.min(memory, most),
    cpuMilli: machine !== undefined && cpu >= machine.cpus * 1000 ? null : cpu,
    pids,
  };
}

/**
 * Makes the control group of the run, and says in its log what it may use. What this host does not enforce is said too: as a warning
 * where somebody has set it.
 */
export async function openRunGroup(
  deps: Pick<RunDeps, 'groups' | 'machine' | 'engineFor' | 'host'>,
  journal: Journal,
  log: Pick<RunLog, 'say'>,
): Promise<RunGroup | null> {
  const limits = groupLimits(journal, deps.machine);
  const group = (await deps.groups?.open(runKey(journal.lease), limits)) ?? null;
  const engine = deps.engineFor(journal.grant.run.build_method);
  const troubleOf = (limit: GroupLimit): string | null => {
    if (group === null) return deps.groups?.trouble ?? 'it makes no control groups';
    if (!engine.worksInProcess && deps.host.buildkitJoinsGroups !== true)
      return 'its BuildKit does not put RUN steps into the control group of their run';
    return group.notEnforced[limit] ?? null;
  };
  const kept = GROUP_LIMITS.filter((limit) => troubleOf(limit) === null);
  if (kept.length > 0)
    await log.say('limits', `May use ${kept.map((one) => AMOUNTS[one](limits)).join(', ')}`);
  for (const limit of GROUP_LIMITS) await sayTrouble(journal, log, limit, troubleOf(limit));
  if (journal.asked.network === 'none' && engine.reachedWithoutNetwork !== undefined)
    await log.say('network', `Network "none" does not hold wholly: ${engine.reachedWithoutNetwork}`, 'WARN');
  return group;
}

async function sayTrouble(
  { asked, limits, resources }: Journal,
  log: Pick<RunLog, 'say'>,
  limit: GroupLimit,
  trouble: string | null,
): Promise<void> {
  if (trouble === null) return;
  const name = SETTINGS[limit];
  const { limit: bound, called } = RESOURCES[name];
  const isSet = asked[name] !== undefined || limits[bound].origin !== 'built_in';
  const text = isSet
    ? `Not enforced on this build host: ${called} ${formatResource(name, resources[name])}; ${trouble}`
    : `Not limited on this build host: ${called}; ${trouble}`;
  await log.say(`not-${limit}`, text, isSet ? 'WARN' : 'DEBUG');
}

const SETTINGS = { memory: 'memory_bytes', cpu: 'cpu_milli', pids: 'pids' } as const;

const AMOUNTS: Readonly<Record<GroupLimit, (limits: GroupLimits) => string>> = {
  memory: ({ memoryBytes }) => `${formatResource('memory_bytes', memoryBytes)} of memory`,
  cpu: ({ cpuMilli }) => (cpuMilli === null ? 'all CPUs' : `${formatResource('cpu_milli', cpuMilli)} CPUs`),
  pids: ({ pids }) => `${pids} processes`,
};
