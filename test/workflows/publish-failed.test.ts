import { ActivityFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { publishFailed } from '../../workflows/publish-failed.js';
import { failure } from './fake-activities.js';

const inActivity = (cause: Error) =>
  new ActivityFailure('Activity failed', 'moveTags', '1', RetryState.TIMEOUT, 'test', cause);
const timedOut = (type: 'START_TO_CLOSE' | 'HEARTBEAT', cause?: Error) =>
  Object.assign(new TimeoutFailure('timed out', null, type), cause === undefined ? {} : { cause });

test.each([
  ['a failure', failure('registry_full', 'No room.'), 'registry_full', 'No room.'],
  [
    'a time that ran out after failures',
    timedOut('START_TO_CLOSE', failure('registry_denied', 'Refused.')),
    'registry_denied',
    'Refused.',
  ],
  [
    'a time that ran out with nothing said',
    timedOut('START_TO_CLOSE'),
    'registry_unreachable',
    'The image could not be published in time: a registry did not answer.',
  ],
  ['a host that fell silent', timedOut('HEARTBEAT'), 'internal', 'The image could not be published.'],
])('a publication that ends with %s says so', (_what, cause, code, message) => {
  expect(publishFailed(inActivity(cause))).toEqual({ kind: 'publish_failed', code, message });
});
