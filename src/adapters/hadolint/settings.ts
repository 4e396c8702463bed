import { parse } from 'yaml';
import { z } from 'zod';

/** Longest settings that are read, in characters. */
export const MAX_SETTINGS_LENGTH = 16 * 1024;
const MAX_ALIASES = 50;

const rules = z.array(z.string().regex(/^[A-Z]{2}\d{4}$/)).max(500);
const levels = ['error', 'warning', 'info', 'style'] as const;

/** What of a `.hadolint.yaml` is obeyed: what decides which warnings there are. How they are printed is not its matter here. */
const Settings = z.object({
  ignored: rules.optional(),
  override: z.object(Object.fromEntries(levels.map((level) => [level, rules.optional()]))).optional(),
  trustedRegistries: z.array(z.string().max(300)).max(100).optional(),
  'label-schema': z.record(z.string().max(100), z.string().max(100)).optional(),
  'strict-labels': z.boolean().optional(),
  'disable-ignore-pragma': z.boolean().optional(),
});

/** The text of a `.hadolint.yaml` as arguments of hadolint. Raises what is wrong with it. */
export function settingsArguments(text: string): string[] {
  const value: unknown = parse(text, { maxAliasCount: MAX_ALIASES, schema: 'core', logLevel: 'error' }) ?? {};
  const settings = Settings.parse(value);
  const each = (flag: string, values: readonly string[] = []): string[] =>
    values.map((one) => `--${flag}=${one}`);
  return [
    ...each('ignore', settings.ignored),
    ...levels.flatMap((level) => each(level, settings.override?.[level])),
    ...each('trusted-registry', settings.trustedRegistries),
    ...each(
      'require-label',
      Object.entries(settings['label-schema'] ?? {}).map(([label, form]) => `${label}:${form}`),
    ),
    ...(settings['strict-labels'] === true ? ['--strict-labels'] : []),
    ...(settings['disable-ignore-pragma'] === true ? ['--disable-ignore-pragma'] : []),
  ];
}
