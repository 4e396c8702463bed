import { ERRORS } from '../../../src/domain/error-table.js';
import { effectiveLimits } from '../../../src/domain/limits/effective-limits.js';
import { LIMIT_NAMES, LIMITS } from '../../../src/domain/limits/limit-table.js';
import { formatLimit, parseLimit } from '../../../src/domain/limits/limit-units.js';
import { howToRaise } from '../../../src/domain/limits/how-to-raise.js';
import { refuseLargeImage } from '../../../src/domain/images/too-large.js';

test.each(LIMIT_NAMES)('%s says its unit in its name and has a built-in value inside its bounds', (name) => {
  const { unit, floor, builtIn, ceiling } = LIMITS[name];
  expect(name.endsWith(`_${unit}`)).toBe(true);
  expect(floor).toBeLessThanOrEqual(builtIn);
  expect(builtIn).toBeLessThanOrEqual(ceiling);
});

test.each([
  ['step_timeout_seconds', '90', 90],
  ['step_timeout_seconds', '30m', 1800],
  ['step_timeout_seconds', '1.5h', 5400],
  ['max_queued_wait_minutes', '2h', 120],
  ['max_queued_wait_minutes', '90s', 'expected minutes'],
  ['image_max_bytes', '2GiB', 2 * 1024 ** 3],
  ['image_max_bytes', '2 gb', 2_000_000_000],
  ['image_max_bytes', '2G', 'expected bytes, or a number with a unit such as 500MB or 2GiB'],
  ['image_max_bytes', '1.5B', 'expected bytes'],
  ['image_max_bytes', '-1', 'expected bytes'],
  ['image_max_bytes', '', 'expected bytes'],
  ['image_max_bytes', '9'.repeat(15), 'expected 1KiB to 1TiB'],
  ['context_max_entries', '500', 500],
  ['context_max_entries', '5k', 'expected a whole number'],
  ['cpu_max_milli', '1.5cpu', 1500],
  ['cpu_max_milli', '250m', 250],
  ['cpu_max_milli', '1.5', 'expected thousandths of a CPU, or a number with cpu such as 1.5cpu'],
  ['max_pids', '512', 512],
  ['step_timeout_seconds', '2d', 'expected 1s to 1d'],
] as const)('%s=%s means %p', (name, text, expected) => {
  const parsed = parseLimit(name, text);
  if (typeof expected === 'number') expect(parsed).toEqual({ value: expected });
  else expect(parsed).toEqual({ problem: expect.stringContaining(expected) as unknown });
});

test('what is shown can be typed in again', () => {
  for (const name of LIMIT_NAMES) {
    for (const value of [LIMITS[name].floor, LIMITS[name].builtIn, LIMITS[name].ceiling]) {
      expect(parseLimit(name, formatLimit(name, value))).toEqual({ value });
    }
  }
});

test('the project decides before the tenant, that before the installation, that before what is built in', () => {
  const layers = {
    project: { log_head_bytes: 2000 },
    tenant: { log_head_bytes: 3000, log_tail_bytes: 3000 },
    installation: { log_head_bytes: 4000, log_tail_bytes: 4000, image_max_bytes: 4000 },
  };
  expect(effectiveLimits(layers)).toMatchObject({
    log_head_bytes: { value: 2000, origin: 'project' },
    log_tail_bytes: { value: 3000, origin: 'tenant' },
    image_max_bytes: { value: 4000, origin: 'installation' },
    step_timeout_seconds: { value: 86_400, origin: 'built_in' },
  });
});

test('nobody goes above the installation, whose variable is then named as the way out', () => {
  const { image_max_bytes: limit } = effectiveLimits({
    project: { image_max_bytes: 5000 },
    installation: { image_max_bytes: 4000 },
  });
  expect(limit).toEqual({ value: 4000, origin: 'installation' });
  expect(howToRaise('image_max_bytes', limit)).toContain('KILN_IMAGE_MAX_BYTES');
});

test('where no place may raise a limit further, nothing is advised that would be refused', () => {
  const limit = { value: LIMITS.step_timeout_seconds.ceiling, origin: 'built_in' } as const;
  expect(howToRaise('step_timeout_seconds', limit)).toBe('It cannot be raised further.');
});

test('no text of the table of errors gives a command that depends on where the limit was set', () => {
  expect(Object.values(ERRORS).filter(({ fix }) => fix.includes('kiln limits set'))).toEqual([]);
});

test('an image exactly as large as allowed is let through', () => {
  const limit = { value: 10, origin: 'tenant' } as const;
  refuseLargeImage(limit, { compressedSizeBytes: 10, layers: [] });
  expect(() => refuseLargeImage(limit, { compressedSizeBytes: 11, layers: [] })).toThrow(
    'more than the limit',
  );
});
