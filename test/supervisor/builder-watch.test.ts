import { BuilderWatch } from '../../src/supervisor/builder-watch.js';

const silent = () => {};
const log = { info: silent, warn: silent, error: silent };
const PAUSES = { lookMs: 1, lookAgainMs: 1, secondTryMs: 0 };

test('a builder that does not answer twice is in trouble until it answers, and each change rings once', async () => {
  let trouble: string | null = 'connection refused';
  const rung: (string | null)[] = [];
  const probe = () => (trouble === null ? Promise.resolve() : Promise.reject(new Error(trouble)));
  const watch: BuilderWatch = new BuilderWatch(probe, () => rung.push(watch.trouble), log, PAUSES);
  await watch.start();
  expect(rung).toEqual(['Error: connection refused']);

  trouble = null;
  await expect.poll(() => rung, { interval: 2 }).toEqual(['Error: connection refused', null]);
  await watch.stop();
});

test('one missed answer, such as of a builder that is started again, is no trouble', async () => {
  let asked = 0;
  const probe = () => ((asked += 1) === 1 ? Promise.reject(new Error('gone')) : Promise.resolve());
  const watch = new BuilderWatch(probe, silent, log, { ...PAUSES, lookMs: 60_000 });
  await watch.start();
  expect([watch.trouble, asked]).toEqual([null, 2]);
  await watch.stop();
});
