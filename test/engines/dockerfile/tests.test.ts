import { expect, test } from 'vitest';
import { reportsInImage } from '../../../src/domain/tests/asked-tests.js';
import { otherStages } from '../../../src/domain/builds/other-stages.js';
import type { KilnError } from '../../../src/domain/errors.js';
import { METHOD_NAMES, METHODS } from '../../../src/engines/methods.js';

const BASE: Readonly<Record<string, object>> = { paketo: { builder: 'r.test/cnb/builder:1' } };
const parse = async (method: string, tests: object): Promise<unknown> =>
  (await METHODS[method]!.engine()).parseOptions({ ...BASE[method], tests });
const refusal = (method: string, tests: object): Promise<KilnError> =>
  parse(method, tests).then(
    () => Promise.reject(new Error('accepted')),
    (error: KilnError) => error,
  );

test.each(METHOD_NAMES)('%s takes test reports out of the image that it has made', async (method) => {
  const options = await parse(method, { reports: 'srv//reports/', fail_on_failures: true });
  expect(options).toMatchObject({ tests: { reports: '/srv/reports', fail_on_failures: true } });
  expect(reportsInImage(options)).toBe('/srv/reports');
});

test.each(METHOD_NAMES.filter((name) => name !== 'buildx'))(
  '%s builds no stage for tests, and says so',
  async (method) => {
    const { fields } = await refusal(method, { target: 'check', reports: '/r' });
    expect(fields).toEqual([
      { field: 'tests.target', message: expect.stringContaining('belongs to buildx') },
    ]);
  },
);

test('buildx takes the reports out of the stage that is named', async () => {
  const options = await parse('buildx', { target: 'check', reports: '/r' });
  expect(reportsInImage(options)).toBeNull();
  expect(otherStages(options as Parameters<typeof otherStages>[0])).toEqual([
    { field: 'tests.target', target: 'check' },
  ]);
});

test.each(METHOD_NAMES)(
  'tests of %s that say nothing, or want failures of no reports, are refused',
  async (method) => {
    expect((await refusal(method, {})).fields.map(({ field }) => field)).toEqual([
      method === 'buildx' ? 'tests' : 'tests.reports',
    ]);
    const target = method === 'buildx' ? { target: 'check' } : {};
    const { fields } = await refusal(method, { ...target, fail_on_failures: true });
    expect(fields.map(({ field }) => field)).toEqual(['tests.reports']);
  },
);
