import { flagValueTrouble } from './flag-values.js';

/** Flags by instruction as BuildKit 0.29 has them: with one value, with any number of values, or yes and no. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, 'value' | 'values' | 'boolean'>>>> = {
  FROM: { platform: 'value' },
  RUN: { mount: 'values', network: 'value', security: 'value', device: 'values' },
  COPY: {
    from: 'value',
    chown: 'value',
    chmod: 'value',
    link: 'boolean',
    parents: 'boolean',
    exclude: 'values',
  },
  ADD: {
    chown: 'value',
    chmod: 'value',
    link: 'boolean',
    'keep-git-dir': 'boolean',
    checksum: 'value',
    unpack: 'boolean',
    exclude: 'values',
  },
  HEALTHCHECK: {
    interval: 'value',
    timeout: 'value',
    'start-period': 'value',
    'start-interval': 'value',
    retries: 'value',
  },
};

/** What is wrong with a flag of an instruction (`keyword` in upper case); null when it is well formed. */
export function flagTrouble(keyword: string, flag: string, earlier: readonly string[]): string | null {
  const [name = '', ...values] = flag.slice(2).split('=');
  const value = flag.includes('=') ? values.join('=') : null;
  const kind = FLAGS[keyword]?.[name];
  if (kind === undefined) return `${keyword} has no flag --${name}.`;
  if (kind !== 'values' && earlier.some((other) => other.slice(2).split('=')[0] === name)) {
    return `The flag --${name} is given twice.`;
  }
  if (kind === 'boolean') {
    const isBoolean = value === null || /^(?:true|false)$/i.test(value);
    return isBoolean ? null : `The flag --${name} takes true or false.`;
  }
  if (value === null) return `The flag --${name} needs a value: --${name}=...`;
  return flagValueTrouble(keyword, name, value);
}
