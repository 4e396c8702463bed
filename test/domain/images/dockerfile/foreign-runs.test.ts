import { foreignRuns } from '../../../../src/domain/images/dockerfile/foreign-runs.js';

const AMD64 = ['linux/amd64', 'linux/amd64/v2', 'linux/386'] as const;
const find = (
  dockerfile: string,
  platforms: readonly string[] = ['linux/amd64', 'linux/arm64'],
  runnable: readonly [string, ...string[]] = AMD64,
  target: string | null = null,
) =>
  foreignRuns(dockerfile, { target, platforms, buildArgs: {}, runnable }).map(
    ({ line, platform }) => `${line} ${platform}`,
  );

describe('RUN steps of platforms that a builder cannot run', () => {
  test('are found in a stage of the platform that is built for', () => {
    expect(find('FROM base\nCOPY a /\nRUN make\nRUN test\n')).toEqual(['3 linux/arm64']);
  });

  test('are none where the builder runs the platform', () => {
    expect(find('FROM base\nRUN make\n', undefined, ['linux/amd64', 'linux/arm64'])).toEqual([]);
  });

  test('are none in stages on the platform of the builder, however they name it', () => {
    for (const platform of ['$BUILDPLATFORM', '${BUILDPLATFORM}', 'linux/amd64', 'linux/$BUILDARCH'])
      expect(
        find(`FROM --platform=${platform} go AS build\nRUN make\nFROM scratch\nCOPY --from=build /a /\n`),
      ).toEqual([]);
  });

  test('are found upon a stage of that platform, and not upon one of the builder', () => {
    const upon = (platform: string) =>
      `FROM ${platform}base AS a\nFROM a AS b\nRUN make\nFROM scratch\nCOPY --from=b / /\n`;
    expect(find(upon(''))).toEqual(['3 linux/arm64']);
    expect(find(upon('--platform=$BUILDPLATFORM '))).toEqual([]);
  });

  test('do not count in a stage that the target does not need', () => {
    const dockerfile = 'FROM base AS tests\nRUN test\nFROM base AS final\nCOPY a /\n';
    expect(find(dockerfile)).toEqual([]);
    expect(find(dockerfile, undefined, AMD64, 'tests')).toEqual(['2 linux/arm64']);
  });

  test('are found where FROM names the platform, without any asked for', () => {
    expect(find('FROM --platform=linux/arm64 base\nRUN make\n', [])).toEqual(['2 linux/arm64']);
  });

  test('are none for a variant that goes without saying', () => {
    expect(find('FROM base\nRUN make\n', ['linux/arm64/v8'], ['linux/arm64'])).toEqual([]);
  });

  test.each(['arm64', 'linux/aarch64', 'linux/arm/v7'])('are found for --platform=%s', (platform) => {
    expect(find(`FROM --platform=${platform} base\nRUN make\n`, [])).toHaveLength(1);
  });

  test('are not guessed at where the file does not tell the platform', () => {
    expect(find('ARG P\nFROM --platform=$P base\nRUN make\n')).toEqual([]);
  });
});
