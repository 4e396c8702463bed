import type { LimitChange } from '../contracts/limits.js';
import {
  ON_LIMIT,
  QUEUE_LIMIT_MOST,
  QUEUE_SETTING_NAMES,
  type QueueChange,
} from '../domain/dispatch/queue-settings.js';
import { isLimitName, LIMIT_NAMES, type LimitName } from '../domain/limits/limit-table.js';
import { parseLimit } from '../domain/limits/limit-units.js';
import { type CommandFailure, usageFailure } from './failure.js';

/** What `kiln limits set NAME=VALUE...` asks for. A usage failure names the argument. */
export function parseAssignments(assignments: readonly string[]): LimitChange {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const at = assignment.indexOf('=');
      if (at === -1) throw wrong(assignment, 'expected NAME=VALUE, such as step_timeout_seconds=30m');
      const name = parseName(assignment.slice(0, at));
      if (!isLimitName(name)) return [name, parseSetting(name, assignment.slice(at + 1))];
      const parsed = parseLimit(name, assignment.slice(at + 1));
      if ('problem' in parsed) throw wrong(name, parsed.problem);
      return [name, parsed.value];
    }),
  );
}

/** What `kiln limits unset NAME...` asks for. */
export function parseNames(names: readonly string[]): LimitChange {
  return Object.fromEntries(names.map((name) => [parseName(name), null]));
}

type SettingName = keyof QueueChange;

function parseName(text: string): LimitName | SettingName {
  const setting = QUEUE_SETTING_NAMES.find((name) => name === text);
  if (setting !== undefined) return setting;
  if (isLimitName(text)) return text;
  if (text === 'weight')
    throw usageFailure(
      "weight: is no limit of a tenant's own, but its part of the slots.",
      'Operators give it with `kiln limits weights TENANT=WEIGHT`.',
    );
  throw wrong(text, `is no limit; there are ${[...LIMIT_NAMES, ...QUEUE_SETTING_NAMES].join(', ')}`);
}

/** The value of a setting of the queue. */
function parseSetting(name: SettingName, text: string): boolean | number | string {
  if (name === 'priority_dispatch_enabled') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw wrong(name, 'expected true or false');
  }
  if (name === 'on_limit') {
    if (ON_LIMIT.some((one) => one === text)) return text;
    throw wrong(name, `expected ${ON_LIMIT.join(', ')}`);
  }
  if (/^\d{1,6}$/.test(text) && Number(text) <= QUEUE_LIMIT_MOST) return Number(text);
  throw wrong(name, `expected a whole number up to ${QUEUE_LIMIT_MOST}`);
}

function wrong(what: string, problem: string): CommandFailure {
  return usageFailure(
    `${what}: ${problem}.`,
    '`kiln limits` lists the limits; docs/limits.md says what each of them does.',
  );
}
