type ValueRule = (value: string) => string | null;

const DURATION = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const LARGEST_INT32 = 2_147_483_647;

/** Of `--mount`, the keys whose values every builder knows; what else there is differs from builder to builder. */
const MOUNT_CHOICES: Readonly<Record<string, readonly string[]>> = {
  type: ['bind', 'cache', 'tmpfs', 'secret', 'ssh'],
  sharing: ['shared', 'private', 'locked'],
};

/** What the values of flags have to be, by instruction and flag (moby/buildkit frontend/dockerfile/instructions). */
const RULES: Readonly<Record<string, Readonly<Record<string, ValueRule>>>> = {
  RUN: {
    network: oneOf('--network', ['default', 'none', 'host']),
    security: oneOf('--security', ['sandbox', 'insecure']),
    mount: mount,
  },
  HEALTHCHECK: {
    interval: duration('--interval'),
    timeout: duration('--timeout'),
    'start-period': duration('--start-period'),
    'start-interval': duration('--start-interval'),
    retries,
  },
};

/** What is wrong with the value of a flag that is there and well formed; null when no builder would refuse it. */
export function flagValueTrouble(keyword: string, name: string, value: string): string | null {
  return RULES[keyword]?.[name]?.(value) ?? null;
}

function oneOf(what: string, choices: readonly string[]): ValueRule {
  return (value) =>
    choices.includes(value)
      ? null
      : `${what} takes ${choices.join(', ')}, not ${JSON.stringify(value.slice(0, 100))}.`;
}

/** A value with a variable, or in quotes, is the builder's to read. */
function mount(value: string): string | null {
  if (value.includes('"')) return null;
  for (const field of value.split(',')) {
    const [, key = '', choice = ''] = /^([^=]*)=(.*)$/s.exec(field) ?? [];
    const choices = MOUNT_CHOICES[key.toLowerCase()];
    if (choices === undefined || !/^[\w.-]*$/.test(choice)) continue;
    const trouble = oneOf(`--mount=${key}=`, choices)(choice.toLowerCase());
    if (trouble !== null) return trouble;
  }
  return null;
}

/** As Go reads it; empty and 0 stand for the builder's own. */
function duration(what: string): ValueRule {
  return (value) =>
    value === '' || /^[-+]?0+$/.test(value) || (DURATION.test(value) && isLongEnough(value))
      ? null
      : `${what} takes a time of at least 1ms, such as 30s or 1m30s, not ${JSON.stringify(value.slice(0, 100))}.`;
}

function isLongEnough(value: string): boolean {
  const isZero = !/[1-9]/.test(value);
  const isTiny = !/\d(?:ms|s|m|h)|\.(?:ms|s|m|h)/.test(value);
  return isZero || (!value.startsWith('-') && !isTiny);
}

function retries(value: string): string | null {
  const isCount = /^\+?\d+$/.test(value) && Number(value) <= LARGEST_INT32;
  return value === '' || isCount
    ? null
    : `--retries takes a whole number from 0, not ${JSON.stringify(value.slice(0, 100))}.`;
}
