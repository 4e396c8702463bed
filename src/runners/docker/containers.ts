import { setTimeout as sleep } from 'node:timers/promises';
import type { ExitFile } from './run-files.js';
import { FOLDER_LABEL } from './container-config.js';
import { type DockerCall, refused } from './engine-api.js';

/** What the engine knows of a container. */
export interface ContainerState {
  readonly Status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  readonly OOMKilled: boolean;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

export const RETRY_MS = 250;
/** How a shell tells which signal has ended a program, and so does the first process of a container. */
const ENDED_BY: Readonly<Record<number, string>> = { 137: 'SIGKILL', 143: 'SIGTERM' };

/** Containers by name. Calls that find done what they are to do have done it. */
export class Containers {
  constructor(
    private readonly call: DockerCall,
    /** An engine that starts again keeps its containers' ends; one that is away for longer than this is given up. */
    readonly patienceMs = 60_000,
  ) {}

  /** Asks again for a while: an engine that is being started again does not answer. */
  async insist<T>(ask: () => Promise<T>): Promise<T> {
    const untilMs = Date.now() + this.patienceMs;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (Date.now() > untilMs) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  /** Null where there is none. */
  async inspect(name: string, signal?: AbortSignal): Promise<ContainerState | null> {
    const answer = await this.call('GET', `/containers/${name}/json`, { signal });
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw refused('look at a container', answer);
    return (answer.body as { State: ContainerState }).State;
  }

  /** Makes it without starting it. An image that is not there (any more) is put there first. */
  async create(name: string, config: object, provideImage: () => Promise<void>): Promise<void> {
    const make = () => this.call('POST', `/containers/create?name=${name}`, { body: config });
    let answer = await make();
    if (answer.status === 404) {
      await provideImage();
      answer = await make();
    }
    if (answer.status !== 201) throw refused('make the container of a run', answer);
  }

  async start(name: string): Promise<void> {
    const answer = await this.call('POST', `/containers/${name}/start`);
    if (answer.status !== 204 && answer.status !== 304) throw refused('start the container of a run', answer);
  }

  /** Resolves when it does not run (any more), or is gone. */
  async ended(name: string, signal: AbortSignal): Promise<void> {
    const answer = await this.call('POST', `/containers/${name}/wait`, { signal });
    if (answer.status !== 200 && answer.status !== 404) throw refused('wait for a container', answer);
  }

  async signal(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const answer = await this.call('POST', `/containers/${name}/kill?signal=${signal}`);
    // 409: it does not run.
    if (![204, 404, 409].includes(answer.status)) throw refused('end a container', answer);
  }

  async remove(name: string): Promise<void> {
    const answer = await this.call('DELETE', `/containers/${name}?force=true&v=true`);
    // 409: it is being removed.
    if (![204, 404, 409].includes(answer.status)) throw refused('remove a container', answer);
  }

  /** The containers of runs, by the folder of each. */
  async ofRuns(): Promise<{ readonly name: string; readonly folder: string }[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [FOLDER_LABEL] }));
    const answer = await this.call('GET', `/containers/json?all=true&filters=${filters}`);
    if (answer.status !== 200) throw refused('list its containers', answer);
    const found = answer.body as { Id: string; Labels: Record<string, string> }[];
    return found.map(({ Id, Labels }) => ({ name: Id, folder: Labels[FOLDER_LABEL] ?? '' }));
  }
}

/** Whether its program was started at least. */
export function wasStarted({ Status }: ContainerState): boolean {
  return Status !== 'created';
}

/** Whether its program is over. */
export function isOver({ Status }: ContainerState): boolean {
  return Status === 'exited' || Status === 'dead';
}

/** What is kept of the end of a container. */
export function exitOf(state: ContainerState): ExitFile {
  const signal = ENDED_BY[state.ExitCode] ?? null;
  const durationMs = Date.parse(state.FinishedAt) - Date.parse(state.StartedAt);
  return {
    exitCode: signal === null ? state.ExitCode : null,
    signal,
    isOutOfMemory: state.OOMKilled,
    durationMs: Number.isFinite(durationMs) ? Math.max(0, durationMs) : null,
  };
}
