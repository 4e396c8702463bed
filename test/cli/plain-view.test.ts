import {
  disconnected,
  NO_BUILD,
  withBuild,
  withSteps,
  type BuildState,
} from '../../src/cli/progress/build-state.js';
import { changeLines, logLines } from '../../src/cli/progress/plain-view.js';
import { aBuild, aChunk, aStep, aSuccess } from '../support/api-records.js';

/** What is appended over a series of states. */
function appended(...states: BuildState[]): string[] {
  return states.flatMap((state, index) => changeLines(states[index - 1] ?? NO_BUILD, state));
}

describe('a build in a log file', () => {
  it('is told change by change', () => {
    const id = aBuild().id;
    const queued = withBuild(NO_BUILD, aBuild({ id, status: 'queued' }));
    const building = withBuild(queued, aBuild({ id }));
    const steps = withSteps(building, [aStep(1, 'FROM busybox', { cached: true })]);
    expect(appended(queued, building, steps, withBuild(steps, aSuccess({ id })))).toEqual([
      'hello#12 queued',
      'hello#12 building',
      'hello#12 success',
    ]);
  });

  it('says nothing when nothing changed', () => {
    const state = withSteps(withBuild(NO_BUILD, aBuild()), [aStep(1, 'FROM a')]);
    expect(changeLines(state, withSteps(state, [aStep(1, 'FROM a')]))).toEqual([]);
  });

  it('says once that it is cancelled, that the connection broke, and which attempt it is', () => {
    const build = aBuild();
    const state = withBuild(NO_BUILD, build);
    const cancelling = withBuild(state, { ...build, cancel_requested_at: build.created_at });
    const broken = disconnected(cancelling);
    const again = withSteps(broken, [aStep(1, 'FROM a', { attempt: 2 })]);
    expect(appended(state, cancelling, broken, disconnected(broken), again)).toEqual([
      'hello#12 building',
      'hello#12 cancelling',
      'hello#12 connection lost, trying again',
      'hello#12 attempt 2',
    ]);
  });

  it('carries log lines with the number of their step, free of escape sequences', () => {
    expect(logLines(aChunk(0, 'a\n\u001b]0;x\u0007b\n'))).toEqual(['#3 a', '#3 b']);
    expect(logLines(aChunk(0, 'fetching\n', { step_number: null }))).toEqual(['fetching']);
  });

  it('does not name the step twice', () => {
    expect(logLines(aChunk(0, '#3 CACHED\n#31 is an issue\n'))).toEqual(['#3 CACHED', '#3 #31 is an issue']);
  });
});
