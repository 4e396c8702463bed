import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NEEDED_GO } from '../../../src/embedded/programs/install-with-go.js';
import { compareVersions } from '../../../src/embedded/programs/version.js';

test('the Go that Kiln asks for is the newest that a module under tools/ needs', () => {
  const needed = readdirSync('tools', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('go.mod'))
    .map((path) => /^go (\d+\.\d+)/m.exec(readFileSync(`tools/${path}`, 'utf8'))?.[1] ?? '');

  expect(NEEDED_GO).toBe(`Go >= ${needed.sort(compareVersions).at(-1)}`);
});
