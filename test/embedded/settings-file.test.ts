import { expect, test } from 'vitest';
import { mergeSettings, missingSettings, type Setting } from '../../src/embedded/settings-file.js';

const settings: Setting[] = [
  { name: 'KILN_SLOTS', value: '2', kind: 'own' },
  { name: 'KILN_DATA_DIR', value: '/var/lib/kiln/data', kind: 'kept', about: 'Folder of the contexts.' },
  { name: 'KILN_REGISTRY', value: 'registry.example.org', kind: 'needed', about: 'Where images go.' },
];
const changed = (name: string, change: Partial<Setting>): Setting[] =>
  settings.map((setting) => (setting.name === name ? { ...setting, ...change } : setting));

test('a new file says what is set, what is still to be set, and what for', () => {
  const text = mergeSettings(null, settings);
  expect(text.split('\n').slice(1)).toEqual([
    'KILN_SLOTS=2',
    '',
    '# Folder of the contexts.',
    'KILN_DATA_DIR=/var/lib/kiln/data',
    '',
    '# Where images go.',
    '#KILN_REGISTRY=registry.example.org',
    '',
  ]);
  expect(missingSettings(text, settings)).toEqual(['KILN_REGISTRY']);
  expect(mergeSettings(text, settings)).toBe(text);
});

test('what people set and add in the file stays, and the own lines follow', () => {
  const edited = mergeSettings(null, settings)
    .replace('KILN_DATA_DIR=/var/lib/kiln/data', 'KILN_DATA_DIR=/disk/contexts')
    .replace('#KILN_REGISTRY=registry.example.org', ' export KILN_REGISTRY = "registry.lan:5000"')
    .concat('# Mine.\nKILN_LOG_LEVEL=debug\n');
  const again = mergeSettings(edited, changed('KILN_SLOTS', { value: '4' }));
  expect(again).toBe(edited.replace('KILN_SLOTS=2', 'KILN_SLOTS=4'));
  expect(missingSettings(again, settings)).toEqual([]);
});

test('what setup is told later takes the place of the comment, or of what was there', () => {
  const told = changed('KILN_REGISTRY', { kind: 'own', value: 'registry.lan' });
  const text = mergeSettings(mergeSettings(null, settings), told);
  expect(text.match(/.*KILN_REGISTRY.*/g)).toEqual(['KILN_REGISTRY=registry.lan']);
  const moved = mergeSettings(text, changed('KILN_REGISTRY', { kind: 'own', value: 'other.lan' }));
  expect(moved).toBe(text.replace('registry.lan', 'other.lan'));
});

test('what people commented out stays so', () => {
  const edited = mergeSettings(null, settings).replace('KILN_DATA_DIR=', '# KILN_DATA_DIR=');
  expect(mergeSettings(edited, settings)).toBe(edited);
});
