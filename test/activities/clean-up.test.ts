import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { createControlActivities, type ControlDeps } from '../../activities/control-activities.js';

test('what a build left is tidied up a moment after its end, when the next one has been handed over', async () => {
  const done: string[] = [];
  const context = {
    cancellationSignal: new AbortController().signal,
    sleep: (ms: number) => Promise.resolve(void done.push(`slept ${ms}`)),
  } as unknown as Context;
  const cleanUp = (buildId: string) => Promise.resolve(void done.push(`tidied ${buildId}`));
  const activities = createControlActivities({ cleanUp } as unknown as ControlDeps);

  await asyncLocalStorage.run(context, () => activities.cleanUp({ buildId: 'b' }));

  expect(done).toEqual(['slept 200', 'tidied b']);
});
