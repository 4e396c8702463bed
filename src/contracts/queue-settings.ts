import { z } from 'zod';
import {
  ON_LIMIT,
  QUEUE_LIMIT_MOST,
  QUEUE_LIMIT_NAMES,
  QUEUE_LIMITS,
  type QueueLimitName,
} from '../domain/dispatch/queue-settings.js';

const atATime = z.int().min(0).max(QUEUE_LIMIT_MOST).nullable();

function forEachLimit<Schema extends z.ZodType>(schemaOf: (name: QueueLimitName) => Schema) {
  return Object.fromEntries(QUEUE_LIMIT_NAMES.map((name) => [name, schemaOf(name)])) as Record<
    QueueLimitName,
    Schema
  >;
}

const ABOUT_PRIORITY = 'whether the priority of builds decides which goes first';
const ABOUT_ON_LIMIT =
  'what becomes of a new build when a limit is reached: it waits (`queue`), is refused (`reject`), or takes the place of older builds of its branch (`supersede`)';

/** How the queue of a tenant works. It holds at once, also for builds that wait already. */
export const QueueSettings = z.strictObject({
  ...forEachLimit((name) => atATime.describe(`${QUEUE_LIMITS[name]} Null limits nothing.`)),
  priority_dispatch_enabled: z.boolean().describe(ABOUT_PRIORITY),
  on_limit: z.enum(ON_LIMIT).describe(ABOUT_ON_LIMIT),
  weight: z.int().min(1).describe('in the fair share between tenants; set by the operator'),
});

/** Settings to be changed; null takes one back. */
export const queueChangeFields = {
  ...forEachLimit((name) => atATime.optional().describe(QUEUE_LIMITS[name])),
  priority_dispatch_enabled: z.boolean().nullable().optional().describe(ABOUT_PRIORITY),
  on_limit: z.enum(ON_LIMIT).nullable().optional().describe(ABOUT_ON_LIMIT),
};
