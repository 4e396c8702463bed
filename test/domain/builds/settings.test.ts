import { expect, test } from 'vitest';
import fc from 'fast-check';
import {
  resolveSettings,
  SETTING_ORIGINS,
  type SettingLayers,
  type SettingOrigin,
  type Settings,
} from '../../../src/domain/builds/settings.js';

const word = fc.constantFrom('a', 'b', 'c');
const unset = { nil: undefined };

/** What one place says: any subset of the settings, some of them named without a value. */
const settings: fc.Arbitrary<Settings> = fc.record(
  {
    method: fc.option(fc.constantFrom('buildx' as const, 'kaniko' as const), unset),
    dockerfile: fc.option(word, unset),
    dockerfile_inline: fc.option(word, unset),
    build_context: fc.option(word, unset),
    build_args: fc.option(fc.dictionary(fc.constantFrom('A', 'B', '__proto__', 'constructor'), word), unset),
    target_stage: fc.option(word, unset),
    platforms: fc.option(fc.array(word), unset),
    cache_enabled: fc.option(fc.boolean(), unset),
    cache_from: fc.option(fc.array(word), unset),
    cache_to: fc.option(fc.oneof(word, fc.array(word)), unset),
    cache_repo: fc.option(word, unset),
    secrets: fc.option(
      fc.uniqueArray(fc.record({ id: word, name: word }), { selector: ({ id }) => id }),
      unset,
    ),
    destinations: fc.option(fc.array(word), unset),
    timeout_seconds: fc.option(fc.integer({ min: 10, max: 99 }), unset),
  },
  { requiredKeys: [] },
);

const layers: fc.Arbitrary<SettingLayers> = fc.record(
  { request: settings, build_file: settings, project: settings, built_in: settings },
  { requiredKeys: [] },
);

/** The settings that one place decides whole, unlike build arguments and secrets. */
const WHOLE = [
  'method',
  'dockerfile',
  'dockerfile_inline',
  'build_context',
  'target_stage',
  'platforms',
  'cache_enabled',
  'cache_from',
  'cache_to',
  'cache_repo',
  'destinations',
  'timeout_seconds',
] as const satisfies readonly (keyof Settings)[];

function strongest(said: (origin: SettingOrigin) => unknown): SettingOrigin | undefined {
  return SETTING_ORIGINS.find((origin) => said(origin) !== undefined);
}

/** Whether a stronger place than `origin` has made the setting pointless. */
function isOverruled(given: SettingLayers, name: keyof Settings, origin: SettingOrigin): boolean {
  const stronger = SETTING_ORIGINS.slice(0, SETTING_ORIGINS.indexOf(origin));
  if (name === 'dockerfile') return stronger.some((one) => given[one]?.dockerfile_inline !== undefined);
  if (name !== 'cache_from') return false;
  const switched = stronger.find((one) => given[one]?.cache_enabled !== undefined);
  return switched !== undefined && given[switched]?.cache_enabled === false;
}

test('the strongest place that names a setting decides it, and the origin tells which', () => {
  fc.assert(
    fc.property(layers, (given) => {
      const resolved = resolveSettings(given);
      for (const name of WHOLE) {
        const winner = strongest((origin) => given[origin]?.[name]);
        const decides = winner !== undefined && !isOverruled(given, name, winner);
        expect(resolved.settings[name]).toEqual(decides ? given[winner]?.[name] : undefined);
        expect(resolved.origins[name]).toBe(decides ? winner : undefined);
      }
    }),
  );
});

test('build arguments are decided one by one, and secrets by their id', () => {
  const own = (args: Settings['build_args'], name: string): string | undefined =>
    args !== undefined && Object.hasOwn(args, name) ? args[name] : undefined;
  fc.assert(
    fc.property(layers, (given) => {
      const resolved = resolveSettings(given);
      for (const name of ['A', 'B', '__proto__', 'constructor']) {
        const winner = strongest((origin) => own(given[origin]?.build_args, name));
        const value = winner === undefined ? undefined : own(given[winner]?.build_args, name);
        expect(own(resolved.settings.build_args, name)).toBe(value);
        expect(resolved.origins[`build_args.${name}`]).toBe(winner);
      }
      for (const id of ['a', 'b', 'c']) {
        const secretOf = (origin: SettingOrigin) => given[origin]?.secrets?.find((one) => one.id === id);
        const winner = strongest(secretOf);
        const found = resolved.settings.secrets?.filter((one) => one.id === id) ?? [];
        expect(found).toEqual(winner === undefined ? [] : [secretOf(winner)]);
        expect(resolved.origins[`secrets.${id}`]).toBe(winner);
      }
    }),
  );
});

test('every setting has an origin and every origin a setting', () => {
  fc.assert(
    fc.property(layers, (given) => {
      const { settings: resolved, origins } = resolveSettings(given);
      const { build_args: args = {}, secrets = [], ...whole } = resolved;
      const named = [
        ...Object.keys(whole),
        ...Object.keys(args).map((name) => `build_args.${name}`),
        ...secrets.map(({ id }) => `secrets.${id}`),
      ];
      expect(Object.keys(origins).sort()).toEqual(named.sort());
    }),
  );
});

test('what came out decides the same again, wherever it is said and whatever weaker places add', () => {
  fc.assert(
    fc.property(layers, fc.constantFrom(...SETTING_ORIGINS), (given, origin) => {
      const { settings: once } = resolveSettings(given);
      expect(resolveSettings({ [origin]: once }).settings).toEqual(once);
      expect(resolveSettings({ ...given, request: once }).settings).toEqual(once);
    }),
  );
});
