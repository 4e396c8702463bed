import { matchFailure } from '../../../src/engines/buildx/failure-rules.js';

test.each([
  [
    'failed to load LLB: source "http://10.0.0.1/x" denied by policy: source denied by policy',
    'did not fetch http://10.0.0.1/x',
  ],
  ['Get "http://a.example/": dial tcp 127.0.0.1:80: connect: protocol not available', 'led to 127.0.0.1'],
  ['Get "http://a.example/": dial tcp [::1]:80: connect: permission denied', 'led to [::1]'],
  [
    'failed to resolve source metadata for a.example/x: Head "https://a.example/v2/": dial tcp 10.0.0.1:443: connect: operation not permitted',
    'led to 10.0.0.1',
  ],
])('a source that the builder may not fetch is told by its address: %s', (error, told) => {
  expect(matchFailure(error, null)).toMatchObject({
    code: 'host_not_allowed',
    message: expect.stringContaining(told),
  });
});

test('a server that only does not answer stays what it is', () => {
  const error =
    'failed to resolve source metadata for a.example/x: Head "https://a.example/v2/": dial tcp 10.0.0.1:443: connect: connection refused';

  expect(matchFailure(error, null)).toMatchObject({ code: 'registry_unreachable' });
});

test.each([
  'failed to solve: unsupported mount type "foo" (did you mean ssh?)',
  'failed to solve: unsupported sharing value "some"',
  "failed to solve: unexpected key 'size' for mount type 'cache'",
  "failed to solve: unexpected key 'targt' in 'targt=/x' (did you mean target?)",
])('a mount that no build can have is an error of the Dockerfile: %s', (error) => {
  expect(matchFailure(error, null)).toMatchObject({ code: 'dockerfile_invalid', stage: 'compile' });
});
