import { triggerText } from '../../src/cli/views/trigger-text.js';

test.each([
  ['manual', null, 'hand'],
  ['manual', 'retry:7', 'hand, retry of 7'],
  ['manual', 'rebuild:7', 'hand, rebuild of 7'],
  ['webhook', 'app, delivery 7', 'webhook app, delivery 7'],
  ['schedule', 'schedule nightly, 2026-05-05 00:30 UTC', 'schedule nightly, 2026-05-05 00:30 UTC'],
  ['git_event', 'missed push: main at 5f1c0a3', 'missed push: main at 5f1c0a3'],
] as const)('a build of %s from %j is started by %s', (trigger_type, trigger_source, text) => {
  expect(triggerText({ trigger_type, trigger_source })).toBe(text);
});
