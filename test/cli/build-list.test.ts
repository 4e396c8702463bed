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
});
