import { findFrontend, isAllowedFrontend } from '../../../src/domain/images/dockerfile-frontend.js';

describe('the frontend that a Dockerfile asks for', () => {
  test.each([
    ['a comment', '# syntax=evil.test/x:1\nFROM a', 1],
    ['a comment with spaces and capitals', '#   SYNTAX =  evil.test/x:1  \nFROM a', 1],
    ['a comment after another directive', '# escape=`\n# syntax=evil.test/x:1\nFROM a', 2],
    ['a comment after a byte order mark', '\uFEFF#syntax=evil.test/x:1\nFROM a', 1],
    ['a comment after a shebang', '#!/usr/bin/env docker\n#syntax=evil.test/x:1\nFROM a', 2],
    ['a line ended by CR LF', '# syntax=evil.test/x:1\r\nFROM a', 1],
    ['a C-style comment', '// syntax=evil.test/x:1\nFROM a', 1],
    ['JSON', '{"syntax": "evil.test/x:1"}', 1],
    ['words after the reference', '# syntax=evil.test/x:1 --flag\nFROM a', 1],
  ])('is found in %s', (_, text, line) => {
    expect(findFrontend(text)).toEqual({ reference: 'evil.test/x:1', line });
  });

  test.each([
    ['after an instruction', 'FROM a\n# syntax=evil.test/x'],
    ['after an ordinary comment', '# hello\n# syntax=evil.test/x'],
    ['after a blank line', '\n# syntax=evil.test/x'],
    ['indented', '  # syntax=evil.test/x\nFROM a'],
    ['nowhere', 'FROM a\n'],
  ])('is not there %s', (_, text) => {
    expect(findFrontend(text)).toBeNull();
  });

  test.each([
    'docker/dockerfile',
    'docker/dockerfile:1',
    'docker/dockerfile:1.0-experimental',
    'docker.io/docker/dockerfile:1.7',
    'docker/dockerfile:1.4.3-labs',
  ])('may be %s', (name) => {
    expect(isAllowedFrontend(name)).toBe(true);
  });

  test.each([
    'docker/dockerfile:2',
    'docker/dockerfile:1\r',
    'docker/dockerfile:1x',
    'evil/docker/dockerfile:1',
    'docker/dockerfile-evil:1',
    'docker/dockerfile:master',
    '',
  ])('may not be %j', (name) => {
    expect(isAllowedFrontend(name)).toBe(false);
  });
});
