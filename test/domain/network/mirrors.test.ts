import { mirrorsOf, parseMirror, withMirrors } from '../../../src/domain/network/mirrors.js';

const mirrors = [
  'docker.io=one.example/hub',
  'docker.io=two.example:5000',
  'ghcr.io=one.example/github',
].flatMap((text) => parseMirror(text) ?? []);

test('a registry has its mirrors in the order in which they are written, whatever it is called', () => {
  expect(mirrorsOf('docker.io', mirrors)).toEqual(['one.example/hub', 'two.example:5000']);
  expect(mirrorsOf('registry-1.docker.io', mirrors)).toEqual(['one.example/hub', 'two.example:5000']);
  expect(mirrorsOf('quay.io', mirrors)).toEqual([]);
});

test('the hosts of mirrors come beside the registries that they stand for', () => {
  expect(withMirrors(['quay.io', 'docker.io', 'ghcr.io'], mirrors)).toEqual([
    'quay.io',
    'docker.io',
    'ghcr.io',
    'one.example',
    'two.example:5000',
  ]);
});

test.each([
  'docker.io',
  'docker.io=',
  '=mirror.example',
  'docker.io=https://mirror.example',
  'docker.io=user:password@mirror.example',
  'docker.io=mirror.example/',
  'docker.io=mirror.example/a/../b',
  'docker.io=docker.io',
  'docker.io=docker.io/proxy',
  'docker.io/library=mirror.example',
  'docker.io=mirror.example"]',
])('%j is no mirror', (text) => expect(parseMirror(text)).toBeNull());
