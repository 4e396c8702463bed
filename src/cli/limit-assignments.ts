import type { LimitChange } from '../contracts/limits.js';
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

function parseName(text: string): LimitName {
  if (isLimitName(text)) return text;
  throw wrong(text, `is no limit; there are ${LIMIT_NAMES.join(', ')}`);
}

function wrong(what: string, problem: string): CommandFailure {
  return usageFailure(
    `${what}: ${problem}.`,
    '`kiln limits` lists the limits; docs/limits.md says what each of them does.',
  );
}
