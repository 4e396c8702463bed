import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { LeaseGrant } from '../../src/contracts/supervisor.js';
import type { AskedResources } from '../../src/domain/builds/resources.js';
import type { RunFailure } from '../../src/domain/builds/outcome.js';
import { isInfrastructureFault } from '../../src/domain/builds/attempt-policy.js';
import { effectiveLimits, type LimitValues } from '../../src/domain/limits/effective-limits.js';
import type { RunEnd } from '../../src/ports/engine.js';
import type { GroupEvents, GroupLimits, RunGroup, RunGroups } from '../../src/ports/run-groups.js';
import { eventsOf, explainByGroup } from '../../src/supervisor/explain-by-group.js';
import { Journal } from '../../src/supervisor/journal.js';
import { openRunGroup } from '../../src/supervisor/run-group.js';

const GIB = 1024 ** 3;
const MACHINE = { memoryBytes: 8 * GIB, cpus: 4 };
const folder = mkdtempSync(join(tmpdir(), 'kiln-group-'));
afterAll(() => rmSync(folder, { recursive: true }));

const aJournal = (asked: AskedResources, project: LimitValues = {}): Promise<Journal> =>
  Journal.create(folder, { buildId: 'b', attempt: 1, leaseId: 'l', fence: 1 }, {
    run: { build_method: 'buildx', resources: asked, limits: effectiveLimits({ project }) },
  } as LeaseGrant);

describe('what a run may use', () => {
  let said: string[];
  let opened: GroupLimits | null;
  beforeEach(() => {
    said = [];
    opened = null;
  });

  const say = (_key: string, line: string, level = 'INFO'): Promise<void> =>
    Promise.resolve(void said.push(`${level} ${line}`));
  const open = (
    journal: Journal,
    host: {
      worksInProcess?: boolean;
      joins?: boolean;
      group?: Partial<RunGroup> | null;
      trouble?: string;
      enforcesLimits?: boolean;
    } = {},
  ) =>
    openRunGroup(
      {
        machine: MACHINE,
        runner: { enforcesLimits: host.enforcesLimits ?? false },
        host: { buildkitJoinsGroups: host.joins ?? true } as never,
        engineFor: () =>
          ({
            worksInProcess: host.worksInProcess ?? true,
            reachedWithoutNetwork: 'some registries.',
          }) as never,
        groups: {
          trouble: host.trouble ?? null,
          open: (_name: string, limits: GroupLimits) => {
            opened = limits;
            const group = { builderPath: '/g', joins: [], notEnforced: {}, ...host.group };
            return Promise.resolve(host.group === null ? null : group);
          },
        } as unknown as RunGroups,
      },
      journal,
      { say },
    );

  it('is what it asked for', async () => {
    await open(await aJournal({ memory_bytes: GIB, cpu_milli: 1500, pids: 100 }));
    expect(opened).toEqual({ memoryBytes: GIB, cpuMilli: 1500, pids: 100 });
    expect(said).toEqual(['INFO May use 1GiB of memory, 1.5 CPUs, 100 processes']);
  });

  it('is never more than three quarters of the memory of the machine, nor a quota of more CPUs than it has', async () => {
    await open(await aJournal({}));
    expect(opened).toEqual({ memoryBytes: 6 * GIB, cpuMilli: null, pids: 16_384 });
  });

  it('is told as not enforced where the host makes no groups: loudly where somebody has set it', async () => {
    const journal = await aJournal({ memory_bytes: GIB }, { max_pids: 100 });
    await open(journal, { group: null, trouble: 'EROFS' });
    expect(said).toEqual([
      'WARN Not enforced on this build host: memory 1GiB, pids 100; EROFS',
      'INFO Not limited on this build host: cpus; EROFS',
    ]);
  });

  it('is told as not enforced where BuildKit puts its steps elsewhere', async () => {
    await open(await aJournal({ memory_bytes: GIB }), { worksInProcess: false, joins: false });
    expect(said[0]).toMatch(/^WARN Not enforced on this build host: memory 1GiB; its BuildKit does not/);
  });

  it('is enforced by a runner that does so itself, where the host makes no groups', async () => {
    const without = { group: null, trouble: 'EROFS', enforcesLimits: true };
    await open(await aJournal({ memory_bytes: GIB, cpu_milli: 1500, pids: 100 }), without);
    expect(said).toEqual(['INFO May use 1GiB of memory, 1.5 CPUs, 100 processes']);
    said = [];
    await open(await aJournal({ memory_bytes: GIB }), { ...without, worksInProcess: false });
    expect(said[0]).toMatch(/^WARN Not enforced on this build host: memory 1GiB/);
  });

  it('is told limit by limit where the kernel knows only some', async () => {
    await open(await aJournal({ cpu_milli: 500 }), { group: { notEnforced: { cpu: 'no cpu controller' } } });
    expect(said).toEqual([
      'INFO May use 6GiB of memory, 16384 processes',
      'WARN Not enforced on this build host: cpus 0.5; no cpu controller',
    ]);
  });

  it('says what steps without network reach nevertheless', async () => {
    await open(await aJournal({ network: 'none' }));
    expect(said[1]).toBe('WARN Network "none" does not hold wholly: some registries.');
  });
});

describe('the failure of a run', () => {
  const FAILURE: RunFailure = {
    ...{ code: 'build_step_failed', stage: 'build', message: 'RUN make failed with exit code 2.' },
    ...{ retryable: false, stepNumber: 2, instruction: 'RUN make', exitCode: 2, lastLines: ['cc: killed'] },
  };
  const NOTHING: GroupEvents = { oomKills: 0, reachedMemory: false, reachedPids: false };
  const explain = async (
    events: Partial<GroupEvents> | null,
    failure: Partial<RunFailure> = {},
    asked: AskedResources = { memory_bytes: GIB },
    end: RunEnd | null = null,
  ) =>
    explainByGroup(
      await aJournal(asked, { memory_max_bytes: 2 * GIB }),
      { failure: { ...FAILURE, ...failure }, events: events && { ...NOTHING, ...events }, end },
      MACHINE,
    );

  it('is told as want of memory when the kernel ended a process of it, whatever the step made of that', async () => {
    expect((await explain({ oomKills: 1 })).failure).toEqual({
      ...FAILURE,
      code: 'out_of_memory',
      message:
        'RUN make needed more memory than the build was given: 1GiB by its setting memory, within the limit memory_max_bytes (2GiB, set for the project).',
    });
    expect((await explain({ oomKills: 1 }, {}, {})).failure?.message).toContain(
      'was given: 2GiB, the limit memory_max_bytes (2GiB, set for the project).',
    );
  });

  it('is told as want of memory when the runner knows it, also where there is no group', async () => {
    const end = { exitCode: null, signal: 'SIGKILL', outputs: {} };
    expect((await explain(eventsOf(null, { ...end, isOutOfMemory: true }))).failure?.code).toBe(
      'out_of_memory',
    );
    expect(eventsOf(NOTHING, { ...end, isOutOfMemory: true })?.oomKills).toBe(1);
    expect(eventsOf(NOTHING, end)).toEqual(NOTHING);
    expect(eventsOf(null, null)).toBeNull();
  });

  it('stays what it is when a step was killed and memory was not short', async () => {
    expect((await explain({}, { exitCode: 137 })).failure?.code).toBe('build_step_failed');
    expect((await explain(null, { exitCode: 137 })).failure?.code).toBe('build_step_failed');
    expect((await explain({ oomKills: 0, reachedMemory: true }, { exitCode: 137 })).failure?.code).toBe(
      'build_step_failed',
    );
  });

  it('is told as want of memory where the kernel does not say whom it ended, if the limit was met and the step killed', async () => {
    const unknown = { oomKills: null, reachedMemory: true };
    expect((await explain(unknown, { exitCode: 137 })).failure?.code).toBe('out_of_memory');
    expect((await explain(unknown, { exitCode: 1 })).failure?.code).toBe('build_step_failed');
    expect((await explain({ ...unknown, reachedMemory: false }, { exitCode: 137 })).failure?.code).toBe(
      'build_step_failed',
    );
  });

  it('stays what it is when something else than a process failed', async () => {
    expect((await explain({ oomKills: 1 }, { code: 'registry_denied' })).failure?.code).toBe(
      'registry_denied',
    );
  });

  it('is told as want of memory too when what was killed is the builder, which is then told as a fault of template, registry or engine', async () => {
    for (const code of [
      ...(['engine_failed', 'template_invalid', 'registry_unreachable', 'registry_failed'] as const),
      ...(['buildpack_not_detected', 'builder_invalid'] as const),
    ])
      expect((await explain({ oomKills: 1 }, { code, retryable: true })).failure).toMatchObject({
        code: 'out_of_memory',
        retryable: false,
      });
  });

  it('is told as want of processes when the build had as many as it may, and is not tried again', async () => {
    const trouble = {
      code: 'registry_unreachable',
      retryable: true,
      message: 'A registry is silent.',
    } as const;
    const { failure, notes } = await explain({ reachedPids: true }, trouble, { pids: 40 });
    expect(failure).toMatchObject({
      ...{ code: 'too_many_processes', retryable: false },
      message:
        'The build has had as many processes and threads as it may, 40: programs could start no more. Give it more with --pids, within the limit max_pids (16384, built in). It then failed so: A registry is silent.',
    });
    expect(isInfrastructureFault('too_many_processes')).toBe(false);
    expect(notes).toEqual([]);
    expect((await explain({ reachedPids: true, oomKills: 1 })).failure?.code).toBe('out_of_memory');
  });

  it('is told as a kill from outside, which a retry can help, when the builder was killed and memory was not short', async () => {
    const builder = { code: 'engine_failed', message: 'Ended with exit code 137.' } as const;
    const killed: RunEnd = { exitCode: null, signal: 'SIGKILL', outputs: {} };
    const ended: RunEnd = { exitCode: 137, signal: null, outputs: {} };
    const expected = {
      ...{ code: 'engine_failed', retryable: true },
      message:
        'The builder was killed from outside (SIGKILL), not for want of its memory, before the build was done. A retry may help.',
    };
    for (const end of [killed, ended])
      expect((await explain({}, { ...builder, exitCode: 1 }, {}, end)).failure).toMatchObject(expected);
    expect((await explain({}, { ...builder, exitCode: 137 })).failure).toMatchObject(expected);
    expect((await explain(null, builder, {}, killed)).failure?.message).toMatch(/^The builder was killed/);
    expect((await explain({}, { ...builder, exitCode: 1 })).failure?.message).toBe(builder.message);
  });

  it('does not guess at memory when a step was killed and the group knows better', async () => {
    const guess =
      'RUN x failed with exit code 137; 137 means that it was killed, most often for want of memory.';
    const message = async (events: Partial<GroupEvents> | null, said: string) =>
      (await explain(events, { exitCode: 137, message: said })).failure?.message;
    expect(await message({}, guess)).toBe(
      'RUN x failed with exit code 137; 137 means that it was killed, and not for want of memory.',
    );
    expect(await message({}, 'RUN x was killed, most often for want of memory.')).toBe(
      'RUN x was killed, and not for want of memory.',
    );
    expect(await message({ oomKills: null }, 'RUN x was killed, most often for want of memory.')).toBe(
      'RUN x was killed, and not for want of memory.',
    );
    expect(await message(null, guess)).toBe(guess);
  });

  it('comes with a note when there were as many processes as it may have and something else failed', async () => {
    const { notes, failure } = await explain(
      { reachedPids: true },
      { code: 'registry_denied' },
      { pids: 64 },
    );
    expect(failure?.code).toBe('registry_denied');
    expect(notes).toEqual([
      'The build has had as many processes and threads as it may, 64: programs could start no more. Give it more with --pids, within the limit max_pids (16384, built in).',
    ]);
  });
});
