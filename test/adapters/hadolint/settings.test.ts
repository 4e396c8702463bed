import { settingsArguments } from '../../../src/adapters/hadolint/settings.js';

/** Each list holds ten of the one before: a million at the end. */
const BOMB = ['one: &a [x, x, x, x, x, x, x, x, x, x]', ...'bcdef']
  .map((line, index) => {
    const before = 'abcdef'[index - 1];
    return index === 0 ? line : `${line}: &${line} [${Array(10).fill(`*${before}`).join(', ')}]`;
  })
  .join('\n');

describe('a .hadolint.yaml', () => {
  test('becomes arguments, as far as it decides which warnings there are', () => {
    const text = [
      'ignored: [DL3008, SC2086]',
      'failure-threshold: error',
      'override: { info: [DL3006], error: [DL3007] }',
      'trustedRegistries: [registry.example.com]',
      'label-schema: { author: text }',
      'strict-labels: true',
      'disable-ignore-pragma: false',
    ].join('\n');
    expect(settingsArguments(text)).toEqual([
      '--ignore=DL3008',
      '--ignore=SC2086',
      '--error=DL3007',
      '--info=DL3006',
      '--trusted-registry=registry.example.com',
      '--require-label=author:text',
      '--strict-labels',
    ]);
  });

  test('that is empty asks for nothing', () => {
    expect(settingsArguments('')).toEqual([]);
    expect(settingsArguments('# later\n')).toEqual([]);
  });

  test.each([
    ['no rule', 'ignored: [--config=/etc/passwd]'],
    ['no list', 'ignored: DL3006'],
    ['no YAML', 'ignored: [DL3006'],
    ['no mapping', '[DL3006]'],
    ['a bomb', BOMB],
  ])('with %s is refused', (_what, text) => {
    expect(() => settingsArguments(text)).toThrow();
  });
});
