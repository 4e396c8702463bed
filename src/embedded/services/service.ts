import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { KilnError } from '../../domain/errors.js';
import { isSameProcess, processStartTime } from '../process-identity.js';
import { choosePorts } from './free-ports.js';
import { openServiceLog, type ServiceLog, tailServiceLog } from './service-log.js';
import { readServiceRecord, writeServiceRecord } from './service-record.js';
import { stopProcess, type StopRules } from './stop-process.js';

/** How a service process ended. */
export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

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

export interface ServiceCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly userId?: number;
  readonly groupId?: number;
}

/** One service: how to start it, how to see that it answers, how to end it. */
export interface ServiceDescription<N extends string> {
  readonly name: string;
  readonly folder: string;
  readonly portNames: readonly N[];
  readonly wantedPorts?: Partial<Record<N, number>>;
  readonly stop: StopRules;
  readonly readyTimeoutMs: number;
  readonly command: (ports: Readonly<Record<N, number>>) => ServiceCommand | Promise<ServiceCommand>;
  /** One attempt to use the service; rejects while it is not ready. */
  readonly probe: (ports: Readonly<Record<N, number>>) => Promise<void>;
  /** Clears what a killed process left behind. Called when the old process is gone and before each start. */
  readonly beforeStart?: () => Promise<void>;
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
  await description.beforeStart?.();
  const ports = await choosePorts(description.portNames, description.wantedPorts ?? {}, record?.ports ?? {});
  await mkdir(stateFolder, { recursive: true });
  const log = openServiceLog(stateFolder, name);
  const launched = await launch(name, await description.command(ports), log);
  const identity = { pid: launched.pid, startTime: processStartTime(launched.pid) ?? '' };
  const owner = { pid: process.pid, startTime: processStartTime(process.pid) ?? '' };
  const remembered = { ports, folder: description.folder };
  await writeServiceRecord(stateFolder, name, { process: identity, owner, ...remembered });
  const stop = async (): Promise<void> => {
    await stopProcess(identity, description.stop);
    await launched.exited;
    await writeServiceRecord(stateFolder, name, remembered);
  };
  const readiness = await waitUntilReady(
    () => description.probe(ports),
    launched.exited,
    description.readyTimeoutMs,
  );
  if (readiness !== 'ready') {
    await stop();
    const tail = await tailServiceLog(log, 15);
    throw new KilnError('service_start_failed', {
      message: `${name} ${readiness}. The end of ${log.path}:\n${tail}`,
    });
  }
  return { name, pid: launched.pid, ports, logPath: log.path, exited: launched.exited, stop };
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

async function launch(
  name: string,
  command: ServiceCommand,
  log: ServiceLog,
): Promise<{ pid: number; exited: Promise<ServiceExit> }> {
  const child = spawn(command.file, command.args, {
    detached: true,
    stdio: ['ignore', log.descriptor, log.descriptor],
    env: { ...process.env, ...command.env },
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(command.userId === undefined ? {} : { uid: command.userId }),
    ...(command.groupId === undefined ? {} : { gid: command.groupId }),
  });
  closeSync(log.descriptor);
  const exited = new Promise<ServiceExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const failure = await new Promise<Error | undefined>((resolve) => {
    child.once('spawn', () => resolve(undefined));
    child.once('error', resolve);
  });
  if (failure !== undefined || child.pid === undefined) {
    throw new KilnError('service_start_failed', {
      message: `${name} could not be run: ${failure?.message ?? 'no process'}`,
      cause: failure,
    });
  }
  return { pid: child.pid, exited };
}

async function waitUntilReady(
  probe: () => Promise<void>,
  exited: Promise<ServiceExit>,
  timeoutMs: number,
): Promise<string> {
  const deadline = Date.now() + timeoutMs;
  let exit: ServiceExit | undefined;
  void exited.then((value) => (exit = value));
  let reason = '';
  for (let pauseMs = 20; Date.now() < deadline; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    if (exit !== undefined) return `ended at once (${exit.signal ?? `code ${exit.code}`})`;
    try {
      await probe();
      return 'ready';
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await Promise.race([sleep(pauseMs), exited]);
  }
  return `did not answer within ${timeoutMs / 1000} s (${reason})`;
}
