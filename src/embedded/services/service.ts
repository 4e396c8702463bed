import { mkdir } from 'node:fs/promises';
import { KilnError } from '../../domain/errors.js';
import { isSameProcess, processStartTime } from '../process-identity.js';
import { areFree, choosePorts } from './free-ports.js';
import { launch, type ServiceCommand, type ServiceExit } from './launch-process.js';
import { openServiceLog, type ServiceLog, tailServiceLog } from './service-log.js';
import { readServiceRecord, writeServiceRecord } from './service-record.js';
import { stopProcess, type StopRules } from './stop-process.js';
import { waitUntilReady } from './wait-until-ready.js';

/** A service that answers. It is a process of its own group and outlives this process unless it is stopped. */
export interface RunningService<N extends string = string> {
  readonly name: string;
  readonly pid: number;
  readonly ports: Readonly<Record<N, number>>;
  readonly logPath: string;
  /** Settles when the process ends, for whatever reason. */
  readonly exited: Promise<ServiceExit>;
  /** Ends the process in order, by force after a grace period. May be called again. */
  stop(): Promise<void>;
}

/** What every service takes. */
export interface ServiceContext {
  /** The folder of this installation's state. */
  readonly stateFolder: string;
  /** Says in a line what is done that a person may want to know. */
  readonly log?: (text: string) => void;
}

/** One service: how to start it, how to see that it answers, how to end it. */
export interface ServiceDescription<N extends string> {
  readonly name: string;
  readonly folder: string;
  readonly portNames: readonly N[];
  readonly wantedPorts?: Partial<Record<N, number>>;
  /** Whether its ports have to be those of the last time: they are part of names that were given out. */
  readonly mustKeepPorts?: boolean;
  readonly stop: StopRules;
  readonly readyTimeoutMs: number;
  /** What to run; it may prepare what the process needs, for `clear` to take away. */
  readonly command: (ports: Readonly<Record<N, number>>) => ServiceCommand | Promise<ServiceCommand>;
  /** One attempt to use the service; rejects while it is not ready. */
  readonly probe: (ports: Readonly<Record<N, number>>) => Promise<void>;
  /** Takes away what a process of this service leaves. Called before each start and after each stop, while none runs. */
  readonly clear?: () => Promise<void>;
}

/**
 * Starts a service and returns when it answers. A process that an earlier, killed Kiln left is ended first, found by
 * pid and start time. Throws `service_start_failed` with the end of the log when it does not answer in time, and when
 * the state folder is in use by another Kiln that lives.
 */
export async function startService<N extends string>(
  context: ServiceContext,
  description: ServiceDescription<N>,
): Promise<RunningService<N>> {
  const { stateFolder } = context;
  const { name } = description;
  const record = await readServiceRecord(stateFolder, name);
  if (record?.process !== undefined && isSameProcess(record.process)) {
    refuseIfOwned(name, stateFolder, record.owner);
    context.log?.(`${name}: ending process ${record.process.pid}, left by an earlier run`);
    await stopProcess(record.process, description.stop);
  }
  const { wantedPorts: wanted = {}, mustKeepPorts: mustKeep = false } = description;
  let remembered = record?.ports ?? {};
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(description.portNames, { wanted, remembered, mustKeep });
    try {
      return await startOnce(context, description, ports);
    } catch (error) {
      // Another process may take a port between the choice and the start: then others are chosen.
      if (attempt === 3 || (await areFree(ports))) throw error;
      if (!mustKeep) remembered = {};
    }
  }
}

async function startOnce<N extends string>(
  { stateFolder }: ServiceContext,
  description: ServiceDescription<N>,
  ports: Readonly<Record<N, number>>,
): Promise<RunningService<N>> {
  const { name, folder } = description;
  await description.clear?.();
  await mkdir(stateFolder, { recursive: true });
  const log = openServiceLog(stateFolder, name);
  const { pid, exited } = await launchWith(description, ports, log);
  const identity = { pid, startTime: processStartTime(pid) ?? '' };
  const owner = { pid: process.pid, startTime: processStartTime(process.pid) ?? '' };
  await writeServiceRecord(stateFolder, name, { process: identity, owner, ports, folder });
  const stop = async (): Promise<void> => {
    await stopProcess(identity, description.stop);
    await exited;
    await description.clear?.();
    await writeServiceRecord(stateFolder, name, { ports, folder });
  };
  const readiness = await waitUntilReady(() => description.probe(ports), exited, description.readyTimeoutMs);
  if (readiness !== 'ready') {
    await stop();
    const tail = await tailServiceLog(log, 15);
    throw new KilnError('service_start_failed', {
      message: `${name} ${readiness}. The end of ${log.path}:\n${tail}`,
    });
  }
  return { name, pid, ports, logPath: log.path, exited, stop };
}

async function launchWith<N extends string>(
  { name, command, clear }: ServiceDescription<N>,
  ports: Readonly<Record<N, number>>,
  log: ServiceLog,
): ReturnType<typeof launch> {
  try {
    return await launch(name, await command(ports), log);
  } catch (error) {
    await clear?.();
    throw error;
  }
}

function refuseIfOwned(
  name: string,
  stateFolder: string,
  owner: { pid: number; startTime: string } | undefined,
): void {
  if (owner === undefined || owner.pid === process.pid || !isSameProcess(owner)) return;
  throw new KilnError('service_start_failed', {
    message: `${name} of ${stateFolder} already runs under process ${owner.pid}. Stop that Kiln, or use another state folder.`,
  });
}
