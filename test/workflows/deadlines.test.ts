import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

interface Event {
  readonly eventType: string;
  readonly userMetadata?: { readonly summary: { readonly data: string } };
}

const eventsOf = (name: string): Event[] =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../histories/${name}.json`, import.meta.url)), 'utf8'))
    .events;

const summaryOf = ({ userMetadata }: Event): unknown =>
  JSON.parse(Buffer.from(userMetadata?.summary.data ?? '', 'base64').toString());

// A timer in the history is kept, and rung, by the server: it rings though no controller runs.
test.each([
  ['queue-timeout', 'longest wait in the queue, looked at every ten minutes'],
  ['build-timeout', 'build timeout'],
  ['held-expired', 'time for an approval'],
])('the deadline of %s is a timer of the server that says what it is for', (history, summary) => {
  const events = eventsOf(history);
  const started = events.filter(({ eventType }) => eventType === 'EVENT_TYPE_TIMER_STARTED');
  expect(started.map(summaryOf)).toContain(summary);
  expect(events.filter(({ eventType }) => eventType === 'EVENT_TYPE_TIMER_FIRED')).toHaveLength(1);
});
