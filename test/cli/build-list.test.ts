import { json, startFakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';
import { buildListLines } from '../../src/cli/views/build-list.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import type { Build } from '../../src/contracts/builds.js';
import { aBuild, aFailure, aSuccess, CREATED_MS } from '../support/api-records.js';

/** What the list says a build is about: the last column. */
function about(build: Build): string {
  const canvas = { columns: Infinity, nowMs: CREATED_MS, style: createStyle(false) };
  const [head = '', row = ''] = buildListLines([build], canvas);
  return row.slice(head.indexOf('ABOUT')).trim();
}

const destinations = ['127.0.0.1:5000/hello:12'];

describe('what the list of builds says of each', () => {
  it('names the tag of a build that pushed one', () => {
    expect(about(aSuccess({ destinations }))).toBe('127.0.0.1:5000/hello:12');
  });

  it.each(['queued', 'in_progress', 'cancelled'] as const)('names no tag of a build that is %s', (status) => {
    expect(about(aBuild({ status, destinations }))).toBe('buildx, by hand');
    expect(about(aBuild({ status, destinations, branch: 'main' }))).toBe('on main');
    expect(about(aBuild({ status, destinations, branch: 'main', message: 'Mend it' }))).toBe('Mend it');
  });

  it('says how far a cancelled build had come', () => {
    const failure_reason = 'The build was cancelled after its publication had begun; moved: a/b:1.';
    expect(about(aBuild({ status: 'cancelled', destinations, result: { failure_reason } }))).toBe(
      failure_reason,
    );
  });

  it('says why a build failed, or at which stage where no reason is known', () => {
    expect(about(aFailure({ destinations, message: 'Mend it' }))).toBe('RUN make ended with exit code 2.');
    expect(about(aFailure({ destinations, result: { failure_reason: null } }))).toBe('failed at build');
  });

  it('marks a what-if, with what is changed, or why it failed', () => {
    const changes = { base: { 'docker.io/library/alpine:3.20': 'docker.io/library/alpine:3.21' } };
    const whatIf = { of_build_id: 'a', of_build_number: 3, changes };
    expect(about(aSuccess({ what_if: whatIf }))).toBe(
      'what-if of #3 with docker.io/library/alpine:3.21 in place of docker.io/library/alpine:3.20',
    );
    expect(about(aBuild({ status: 'queued', message: 'Mend it', what_if: { ...whatIf, changes: {} } }))).toBe(
      'what-if of #3 with no change',
    );
    expect(about(aFailure({ what_if: whatIf }))).toBe('what-if of #3: RUN make ended with exit code 2.');
  });
});

test.each([
  [[], 'what_ifs', null],
  [['--what-ifs'], 'what_ifs', 'only'],
  [['--no-what-ifs'], 'what_ifs', 'without'],
  [[], 'gate', null],
  [['--held'], 'gate', 'held'],
  [['--gate', 'rejected'], 'gate', 'rejected'],
])('`builds %j` asks for %s as %j', async (options, filter, asked) => {
  const api = await startFakeApi();
  api.on('GET /v1/builds', (_request, response) => json(response, 200, { items: [], next_cursor: null }));
  const ran = await runKiln(['builds', ...options], { apiUrl: api.url });
  expect(ran.exitCode).toBe(0);
  expect(api.seen.map(({ query }) => query.get(filter))).toEqual([asked]);
  await api.close();
});

test.each([
  [['--gate', 'bogus'], 'Allowed choices are passed, held, approved, rejected, expired, refused, withdrawn.'],
  [['--gate', 'rejected', '--held'], 'cannot be used with'],
])('`builds %j` is refused', async (options, words) => {
  const ran = await runKiln(['builds', ...options], { apiUrl: 'http://127.0.0.1:1' });
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain(words);
});
