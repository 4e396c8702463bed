import { aborted } from '../src/main/stopping.js';
import type { OwnKiln } from './own-kiln.js';
import { signalOne } from './own-kiln.js';
import { processesOf, type StubHost } from './stub-host.js';

/** What `work` gives, or a rejection as soon as the signal aborts; what is under way is not stopped by that. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  const interrupted = aborted(signal).then(() => {
    throw new Error('The drill was interrupted.');
  });
  return Promise.race([interrupted, work()]);
}

/** Ends the Kiln and the hosts of a drill and removes their state. In the middle of a drill some of them are stopped, or start just now. */
export async function endDrill(kiln: OwnKiln, hosts: readonly StubHost[], scratch: string): Promise<void> {
  kiln.startNoMore();
  for (const pid of processesOf(scratch)) signalOne(pid, 'SIGCONT');
  // Whatever cannot be ended in order is killed below.
  await Promise.allSettled(hosts.map((host) => host.stop()));
  await kiln.stop().catch(() => undefined);
  for (const pid of processesOf(scratch)) signalOne(pid, 'SIGKILL');
  await kiln.remove();
}
