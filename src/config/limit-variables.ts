import { z } from 'zod';
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
    .transform((given, context) => {
      const parsed = parseLimit(name, given);
      if ('value' in parsed) return parsed.value;
      context.addIssue({ code: 'custom', message: parsed.problem });
      return z.NEVER;
    })
    .optional()
    .describe(
      `${LIMITS[name].what} For builds of tenants and projects that do not set \`${name}\`, which then cannot go above it; ${formatLimit(name, LIMITS[name].builtIn)} where nobody sets any.`,
    );
}

function bytes(standard: string) {
  return z
    .string()
    .default(standard)
    .transform((given, context) => {
      const value = parseQuantity('bytes', given);
      if (value === null)
        context.addIssue({ code: 'custom', message: 'expected bytes, such as 500MB or 2GiB' });
      return value ?? z.NEVER;
    });
}

/** Of the processes that fill disks. */
export const diskVariables = {
  KILN_DISK_RESERVE_BYTES: bytes('2GB').describe(
    'What is to stay free on the disk. With less, the api deletes stored build contexts before their time; a build host clears the cache of BuildKit and takes no new build.',
  ),
};
