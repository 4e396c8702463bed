import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../cli/progress/progress.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { KilnError } from '../domain/errors.js';
import { isSameProcess } from '../embedded/process-identity.js';
import { readOwner } from '../embedded/owner.js';
import { prepareStateFolder } from '../embedded/state-folder.js';
import { type CliAccess, readCliAccess } from '../embedded/state.js';
import { showStackProgress } from './stack-progress.js';
import { KEEP_MESSAGE, type UpMessage } from './up-messages.js';

const ENTRY = fileURLToPath(new URL('../../../bin/kiln.cjs', import.meta.url));

/** A Kiln that serves while the demo runs. */
export interface DemoServer {
  readonly access: CliAccess;
  /** False for one that served before: the demo leaves it as it is. */
  readonly isStarted: boolean;
  /** Stops it when the demo started it. */
  stop(): Promise<void>;
  /** Lets it serve on. */
  leave(): void;
}

/** Uses the Kiln that serves from the state folder, or starts one (`kiln up`) with these methods in a process of its own. */
export async function serveForDemo(
  stateFolder: string,
  methods: readonly BuildMethod[],
  progress: Progress,
): Promise<DemoServer> {
  const running = await runningKiln(stateFolder);
  if (running !== null) {
    progress.note(`Using the Kiln that serves at ${running.api_url}`);
    return { access: running, isStarted: false, stop: () => Promise.resolve(), leave: () => undefined };
  }
  await prepareStateFolder(stateFolder);
  const log = openSync(join(stateFolder, 'logs', 'up.log'), 'a', 0o600);
  const child = fork(ENTRY, ['up', '--state', stateFolder, '--methods', methods.join(',')], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
  };
  const interrupt = (): void => void stop().then(() => process.exit(130));
  process.once('SIGINT', interrupt);

  const shown = showStackProgress(progress);
  const access = await new Promise<CliAccess>((resolve, reject) => {
    child.on('message', (message: UpMessage) => {
      if (message.kind === 'progress') shown(message.step);
      if (message.kind === 'ready') resolve(message.access);
      if (message.kind === 'failed') reject(new KilnError(message.code, { message: message.message }));
    });
    void exited.then(() =>
      reject(
        new KilnError('service_start_failed', {
          message: `Kiln ended before it was ready; see ${join(stateFolder, 'logs', 'up.log')}`,
        }),
      ),
    );
  });
  process.off('SIGINT', interrupt);
  return {
    access,
    isStarted: true,
    stop,
    leave: () => {
      child.send(KEEP_MESSAGE, () => undefined);
      child.unref();
    },
  };
}

async function runningKiln(stateFolder: string): Promise<CliAccess | null> {
  const owner = await readOwner(stateFolder);
  if (owner === null || !isSameProcess(owner)) return null;
  const access = await readCliAccess(stateFolder);
  if (access === null || access.pid !== owner.pid) return null;
  const answer = await fetch(`${access.api_url}/healthz`, { signal: AbortSignal.timeout(2_000) }).catch(
    () => null,
  );
  return answer?.ok === true ? access : null;
}
