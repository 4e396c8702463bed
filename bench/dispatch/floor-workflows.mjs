import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

const ACTIVITY_TIMEOUT_MS = 60_000;
const go = defineSignal('go');
const on = (taskQueue) => proxyActivities({ startToCloseTimeout: ACTIVITY_TIMEOUT_MS, taskQueue });

/** As many remote activities on `taskQueue`, one after the other, as `count` says. */
export async function remoteActivities({ taskQueue, count }) {
  const { nothing } = on(taskQueue);
  for (let done = 0; done < count; done += 1) await nothing();
}

/** Waits for the signal `go`, then runs one activity. */
export async function signalled({ taskQueue }) {
  const { nothing } = on(taskQueue);
  let rung = false;
  setHandler(go, () => {
    rung = true;
  });
  await condition(() => rung);
  await nothing();
}
