import { expect, test } from 'vitest';
import { entryTrouble } from '../../../src/domain/builds/artifact-entry.js';

const link = (path: string, linkname: string) => ({ path, type: 'symlink', linkname });

test.each([
  { path: 'a/b', type: 'file', linkname: '' },
  { path: '', type: 'directory', linkname: '' },
  link('a/b/link', '../../c'),
  link('link', 'a/b'),
  { path: 'a/hard', type: 'link', linkname: 'a/b' },
])('keeps %j', (entry) => {
  expect(entryTrouble(entry)).toBeNull();
});

test.each([
  [link('link', '/etc/passwd'), 'leads out'],
  [link('link', '../x'), 'leads out'],
  [link('a/link', '../../x'), 'leads out'],
  // Where `d` is a link itself, what is above it is not where the text says.
  [link('a/b/link', '../../d/..'), 'leads out'],
  [link('link', ''), 'leads out'],
  [{ path: 'hard', type: 'link', linkname: '/etc/passwd' }, 'leads out'],
  [{ path: 'a/../../x', type: 'file', linkname: '' }, 'leads out'],
  [{ path: 'sda', type: 'block-device', linkname: '' }, 'a block-device'],
  [{ path: 'pipe', type: 'fifo', linkname: '' }, 'a fifo'],
])('does not keep %j', (entry, why) => {
  expect(entryTrouble(entry)).toContain(why);
});
