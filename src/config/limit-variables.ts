import { z } from 'zod';
import { DISK_RESERVE_BYTES } from '../domain/limits/disk-reserve.js';
import { LIMIT_NAMES, LIMITS, type LimitName } from '../domain/limits/limit-table.js';
import { formatLimit, parseLimit, parseQuantity } from '../domain/limits/limit-units.js';

/** The operator's limits of builds. */
export function limitVariables() {
  const entries = LIMIT_NAMES.map((name) => [LIMITS[name].variable, limitVariable(name)] as const);
  return Object.fromEntries(entries) as Record<
    (typeof LIMITS)[LimitName]['variable'],
    ReturnType<typeof limitVariable>
  >;
}

function limitVariable(name: LimitName) {
  return z
    .string()
    .transform((given, context) => valueOf(parseLimit(name, given), context))
    .optional()
    .describe(
      `${LIMITS[name].what} For builds of tenants and projects that do not set \`${name}\`, which then cannot go above it; ${formatLimit(name, LIMITS[name].builtIn)} where nobody sets any.`,
    );
}

function valueOf(parsed: ReturnType<typeof parseLimit>, context: z.RefinementCtx): number {
  if ('value' in parsed) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.problem });
  return z.NEVER;
}

/** Of the processes that fill disks. */
export const diskVariables = {
  KILN_DISK_RESERVE_BYTES: z
    .string()
    .default(String(DISK_RESERVE_BYTES))
    .transform((given, context) => valueOf(parseQuantity('bytes', given), context))
    .describe(
      'What is to stay free on the disk. With less, the api deletes stored build contexts before their time; a build host clears the cache of BuildKit and takes no new build.',
    ),
};
