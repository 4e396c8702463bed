import { createStyle } from '../../src/cli/terminal/style.js';
import { displayWidth } from '../../src/cli/terminal/width.js';
import { scheduleListLines, schedulePageLines, tickLines } from '../../src/cli/views/schedule-list.js';
import {
  deliveryListLines,
  deliveryPageLines,
  secretLines,
  webhookListLines,
  webhookPageLines,
} from '../../src/cli/views/webhook-list.js';
import { getSchedule, listTicks } from '../../src/contracts/schedule-operations.js';
import { EXAMPLE_DELIVERY, EXAMPLE_WEBHOOK } from '../../src/contracts/webhooks.js';

const style = createStyle(false);
const API = 'https://kiln.example.com';
const REASON =
  'The organisation has 12 builds in its queue, which is its limit: `kiln limits` shows who has set it.';
const nowMs = Date.parse(EXAMPLE_DELIVERY.created_at) + 60_000;
const preset = {
  options: { target_stage: 'web', build_args: { COMMIT: '${sha}', NOTE: 'a text that goes on\nfor long' } },
  destinations: ['registry.example.com/team/app:${branch}', 'registry.example.com/team/app:pr-${number}'],
  priority: 0,
};
const webhook = {
  ...EXAMPLE_WEBHOOK,
  ...{ build_config_preset: preset, refused_count: 3, last_refused_reason: REASON },
  last_refused_at: EXAMPLE_DELIVERY.created_at,
  branch_patterns: Array.from({ length: 12 }, (_, n) => `release/${n}.*`),
};
const delivery = {
  ...EXAMPLE_DELIVERY,
  ...({ status: 'awaiting_approval', reason: REASON, build_number: null, build_id: null } as const),
};
const schedule = {
  ...getSchedule.example.answer.body,
  ...{ build_config_preset: preset, is_active: false, pause_note: REASON, trouble: REASON },
};
const tick = { ...listTicks.example.answer.body.items[0]!, build_id: null, build_number: null };
const ticks = [{ ...tick, status: 'skipped' as const, reason: REASON }];

type Draw = (columns: number) => string[];
const VIEWS: Readonly<Record<string, Draw>> = {
  'kiln webhooks': (columns) =>
    webhookListLines([webhook, { ...webhook, name: 'b', provider: 'gitlab' }], { columns, nowMs, style }),
  'kiln webhooks show': (columns) => webhookPageLines(webhook, { columns, nowMs, style }, API),
  'kiln webhooks rotate': (columns) =>
    secretLines('app takes the old one no more.', { webhook, secret: 'a'.repeat(64) }, columns, API),
  'kiln webhooks deliveries': (columns) =>
    deliveryListLines([EXAMPLE_DELIVERY, delivery], { columns, nowMs, style }),
  'kiln webhooks delivery': (columns) => deliveryPageLines(delivery, { columns, nowMs, style }),
  'kiln schedules': (columns) =>
    scheduleListLines([schedule, { ...schedule, is_active: true, pause_note: null }], columns, style),
  'kiln schedules show': (columns) => [
    ...schedulePageLines(schedule, columns, style),
    ...tickLines(schedule, ticks, columns, style),
  ],
};
const wordsOf = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => line.split(' ')).filter((word) => word !== '');

describe.each(Object.entries(VIEWS))('`%s`', (_name, draw) => {
  test.each([40, 80, 120])('on %i columns breaks lines between words and leaves nothing out', (columns) => {
    const lines = draw(columns);
    if (process.env['LOOK']) console.log(lines.join('\n'));

    const tooWide = lines.filter((line) => displayWidth(line) > columns && / /.test(line.trim()));
    expect(tooWide).toEqual([]);
    expect(wordsOf(lines).sort()).toEqual(wordsOf(draw(Infinity)).sort());
  });
});

test('a preset is shown one value a line', () => {
  const lines = VIEWS['kiln webhooks show']!(80).map((line) => line.trim().replace(/^preset +/, ''));
  expect(lines).toEqual(
    expect.arrayContaining([
      'options.target_stage: web',
      'options.build_args.COMMIT: ${sha}',
      'options.build_args.NOTE: a text that goes on\\nfor long',
      'destinations: registry.example.com/team/app:${branch}',
      'destinations: registry.example.com/team/app:pr-${number}',
    ]),
  );
});
