import { expect, test } from 'vitest';
import type { RunFailure } from '../../../src/domain/builds/outcome.js';
import { withHint } from '../../../src/domain/builds/step-hints.js';

const failure = (change: Partial<RunFailure> = {}): RunFailure => ({
  code: 'build_step_failed',
  stage: 'build',
  message: 'RUN make failed with exit code 1.',
  retryable: false,
  stepNumber: 2,
  instruction: 'RUN make',
  exitCode: 1,
  lastLines: [],
  ...change,
});

test.each([
  ['cp: error writing /out/big: No space left on device', /no room on a disk/],
  ['tar: ./x: Cannot write: Disk quota exceeded', /no room on a disk/],
  ['curl: (6) Could not resolve host: example.com', /could not look up a name.*network: egress/],
  ["Temporary failure resolving 'deb.debian.org'", /could not look up a name/],
  [
    'npm error code EAI_AGAIN\nnpm error request failed: getaddrinfo EAI_AGAIN registry.npmjs.org',
    /could not look up a name/,
  ],
  ["wget: bad address 'example.com'", /could not look up a name/],
  [
    'fatal: unable to access: SSL certificate problem: self-signed certificate in certificate chain',
    /authority that the image does not know/,
  ],
  [
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    /authority that the image does not know/,
  ],
  ['curl: (60) SSL certificate problem: certificate is not yet valid', /check the clock/],
  ['connect: Network is unreachable', /has no network/],
  ['HTTP error 429 Too Many Requests', /no more requests for now/],
])('a step that prints "%s" is told what that means', (line, hint) => {
  const told = withHint(failure({ lastLines: ['before', line] }));
  expect(told.message).toMatch(/^RUN make failed with exit code 1\. /);
  expect(told.message).toMatch(hint);
  expect(told.code).toBe('build_step_failed');
});

test.each([
  ['runc', { lastLines: ['exec /bin/sh: exec format error'] }, '/bin/sh'],
  ['kaniko', { message: 'RUN x: starting command: fork/exec /bin/sh: exec format error.' }, '/bin/sh'],
  ['a shell', { lastLines: ['/bin/sh: 1: /usr/bin/tool: Exec format error'] }, '/usr/bin/tool'],
  [
    'bash',
    { lastLines: ['bash: line 1: /usr/bin/tool: cannot execute binary file: Exec format error'] },
    '/usr/bin/tool',
  ],
])('a program for another processor is told so, as %s says it', (_who, change, program) => {
  expect(withHint(failure(change))).toMatchObject({
    code: 'platform_not_runnable',
    message: `${program} of the image is a program for another platform, which this build host cannot run.`,
  });
});

test('the line of the instruction stays', () => {
  const message = 'RUN x failed with exit code 1 (Dockerfile line 3).';
  const told = withHint(failure({ message, lastLines: ['exec /tool: exec format error'] }));
  expect(told.message).toMatch(/cannot run \(Dockerfile line 3\)\.$/);
});

test('other failures, and steps that print nothing known, stay as they are', () => {
  const push = failure({ code: 'registry_failed', lastLines: ['no space left on device'] });
  expect(withHint(push)).toBe(push);
  const other = failure({ lastLines: ['make: *** [all] Error 2'] });
  expect(withHint(other)).toBe(other);
});
