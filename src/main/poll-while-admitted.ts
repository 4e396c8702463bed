import { awaitedLater } from '../domain/awaited-later.js';
import type { SupervisorClient } from '../adapters/supervisor/client.js';

/** As much of a worker of Temporal as is needed here. `run` resolves after `shutdown`. */
export interface Poller {
  run(): Promise<void>;
  shutdown(): void;
}

/**
 * Has the host poll for as long as the api takes it for its worker: one of two hosts with the same token would take tasks of builds that it
 * cannot take up. Until the api has said so, nobody polls. Resolves when `stopping` aborts; rejects when a poller does.
 */
export async function pollWhileAdmitted(
  supervisor: Pick<SupervisorClient, 'admission'>,
  { open, onRefused }: { readonly open: () => Promise<Poller>; readonly onRefused: () => void },
  stopping: AbortSignal,
): Promise<void> {
  let isAdmitted: boolean | null = null;
  const change = async (): Promise<void> => {
    const known = isAdmitted;
    isAdmitted = await supervisor.admission(known, stopping).catch((error: unknown) => {
      if (stopping.aborted) return known;
      throw error;
    });
  };
  await change();
  while (!stopping.aborted) {
    if (isAdmitted !== true) {
      onRefused();
      await change();
      continue;
    }
    const poller = await open();
    const running = awaitedLater(poller.run());
    await Promise.race([running, change().finally(() => poller.shutdown())]);
    await running;
  }
}
