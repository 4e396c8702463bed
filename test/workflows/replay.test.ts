import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';

const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));
const codePath = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
const names = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

Runtime.install({ logger: new DefaultLogger('ERROR') });

const read = (name: string): { events: Record<string, unknown>[] } =>
  JSON.parse(readFileSync(`${HISTORIES}${name}`, 'utf8'));

const replay = (history: unknown): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { codePath } }, history, 'build/replayed');

test.each(names)('%s replays on the current code', async (name) => {
  await replay(read(name));
});

test('a history that the code would not have made is refused', async () => {
  const history = read('success.json');
  const scheduled = history.events.findIndex((event) => 'activityTaskScheduledEventAttributes' in event);
  const attributes = history.events[scheduled]!['activityTaskScheduledEventAttributes'] as {
    activityType: { name: string };
  };
  attributes.activityType.name = 'somethingElse';
  await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
});
