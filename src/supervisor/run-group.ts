import { formatResource, type ResourceName, RESOURCES } from '../domain/builds/resources.js';
import { GROUP_LIMITS, type GroupLimit, type GroupLimits, type RunGroup } from '../ports/run-groups.js';
import type { Runner } from '../ports/runner.js';
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
 * where somebody has set it. Null where the run has no group.
 */
export async function openRunGroup(
  {
    groups,
    machine,
    engineFor,
    host,
    runner,
  }: Pick<RunDeps, 'groups' | 'machine' | 'engineFor' | 'host'> & {
    readonly runner?: Pick<Runner, 'enforcesLimits'>;
  },
  journal: Journal,
  log: Pick<RunLog, 'say'>,
): Promise<RunGroup | null> {
  if (groups === undefined) return null;
  const limits = groupLimits(journal, machine);
  const group = await groups.open(runKey(journal.lease), limits);
  const engine = engineFor(journal.grant.run.build_method);
  const troubleOf = (limit: GroupLimit): string | null => {
    if (engine.worksInProcess && runner?.enforcesLimits === true) return null;
    if (group === null) return groups.trouble ?? 'it makes no control groups';
    if (!engine.worksInProcess && host.buildkitJoinsGroups !== true)
      return 'its BuildKit does not put RUN steps into the control group of their run';
    return group.notEnforced[limit] ?? null;
  };
  const kept = GROUP_LIMITS.filter((limit) => troubleOf(limit) === null);
  if (kept.length > 0)
    await log.say('limits', `May use ${kept.map((one) => AMOUNTS[one](limits)).join(', ')}`);
  for (const trouble of new Set(GROUP_LIMITS.map(troubleOf)))
    if (trouble !== null)
      await sayTrouble(
        journal,
        log,
        trouble,
        GROUP_LIMITS.filter((limit) => troubleOf(limit) === trouble),
      );
  if (journal.asked.network === 'none' && engine.reachedWithoutNetwork !== undefined)
    await log.say('network', `Network "none" does not hold wholly: ${engine.reachedWithoutNetwork}`, 'WARN');
  return group;
}

async function sayTrouble(
  { asked, limits, resources }: Journal,
  log: Pick<RunLog, 'say'>,
  trouble: string,
  unkept: readonly GroupLimit[],
): Promise<void> {
  const names = unkept.map((limit) => SETTINGS[limit]);
  const isSet = (name: ResourceName): boolean =>
    asked[name] !== undefined || limits[RESOURCES[name].limit].origin !== 'built_in';
  const set = names
    .filter(isSet)
    .map((name) => `${RESOURCES[name].called} ${formatResource(name, resources[name])}`);
  const unset = names.filter((name) => !isSet(name)).map((name) => RESOURCES[name].called);
  if (set.length > 0)
    await log.say(
      `unkept ${trouble}`,
      `Not enforced on this build host: ${set.join(', ')}; ${trouble}`,
      'WARN',
    );
  if (unset.length > 0)
    await log.say(`free ${trouble}`, `Not limited on this build host: ${unset.join(', ')}; ${trouble}`);
}

const SETTINGS = { memory: 'memory_bytes', cpu: 'cpu_milli', pids: 'pids' } as const;

const AMOUNTS: Readonly<Record<GroupLimit, (limits: GroupLimits) => string>> = {
  memory: ({ memoryBytes }) => `${formatResource('memory_bytes', memoryBytes)} of memory`,
  cpu: ({ cpuMilli }) => (cpuMilli === null ? 'all CPUs' : `${formatResource('cpu_milli', cpuMilli)} CPUs`),
  pids: ({ pids }) => `${pids} processes`,
};
