import { expect, test } from 'vitest';
import { failedAnswer } from '../../../src/adapters/registry/trouble.js';

const answer = (status: number, code = '', message = '', detail?: object) =>
  failedAnswer('r.test', 'an upload', { status }, JSON.stringify({ errors: [{ code, message, detail }] }));

test.each([
  [answer(507), 'registry_full', /answered 507.*has no room for it\. Free room/],
  [
    answer(500, 'UNKNOWN', 'unknown error', { Enclosed: { Err: 28 } }),
    'registry_full',
    /UNKNOWN: unknown error.*no room/,
  ],
  [
    answer(403, 'DENIED', 'project quota exceeded'),
    'registry_full',
    /DENIED: project quota exceeded.*no room/,
  ],
  [
    answer(429, 'TOOMANYREQUESTS', 'slow down'),
    'registry_limited',
    /answers no more requests for now\. Retry later/,
  ],
  [
    answer(403, 'DENIED', 'Your authorization token has expired.'),
    'registry_denied',
    /token has expired.*kiln credentials set registry r\.test --username.*credential helper/,
  ],
  [
    answer(403, 'DENIED', 'access denied'),
    'registry_denied',
    /Store credentials that may read from and push/,
  ],
  [answer(404, 'NAME_UNKNOWN', 'quota'), 'not_found', /does not have an upload/],
  [answer(400, 'MANIFEST_INVALID', 'bad'), 'registry_rejected', /MANIFEST_INVALID: bad/],
  [answer(502), 'registry_failed', /answered 502/],
])('an answer is told as what it means, with the remedy: %s', (error, code, message) => {
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
});
