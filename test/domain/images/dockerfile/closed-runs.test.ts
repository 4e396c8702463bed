import { closedRuns } from '../../../../src/domain/images/dockerfile/closed-runs.js';

const find = (dockerfile: string, hostTrouble: string | null = 'not here', target: string | null = null) =>
  closedRuns(dockerfile, { targets: [target], buildArgs: {}, hostTrouble }).map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );

test('a step that asks for the network of the host is found with its place and the reason', () => {
  expect(find('FROM a\nRUN make\nRUN --mount=type=cache,target=/c \\\n  --network=host make\n')).toEqual([
    '4:3 not here',
  ]);
});

test('it is none where the build may have that network, and neither are other networks', () => {
  expect(find('FROM a\nRUN --network=host make\n', null)).toEqual([]);
  expect(find('FROM a\nRUN --network=none make\nRUN --network=default make\n')).toEqual([]);
});

test('a step that asks for more rights than a container has is found whoever builds', () => {
  expect(find('FROM a\nRUN --security=insecure mount\n', null)).toEqual([
    expect.stringMatching(/^2:5 .*--security=insecure is not offered/),
  ]);
  expect(find('FROM a\nRUN --security=sandbox make\n')).toEqual([]);
});

test('stages that the target does not need do not count', () => {
  const dockerfile = 'FROM a AS odd\nRUN --network=host make\nFROM a AS plain\nRUN make\n';
  expect(find(dockerfile)).toEqual([]);
  expect(find(dockerfile, 'not here', 'odd')).toEqual(['2:5 not here']);
});

test('what only looks like the flag is none', () => {
  expect(find('FROM a\nRUN echo --network=host\nRUN <<E\n--security=insecure\nE\n')).toEqual([]);
});
