import { readFile } from 'node:fs/promises';
import { Patterns } from '../../src/contracts/patterns.js';
import { BuildPreset } from '../../src/contracts/preset.js';
import { PRESET_WORDS } from '../../src/domain/triggers/preset.js';
import { WEBHOOK_EVENT_TYPES } from '../../src/domain/webhooks/decide.js';
import { skipWords } from '../../src/domain/webhooks/skip-words.js';

const text = await readFile('docs/webhooks.md', 'utf8');
const [patterns, preset] = [...text.matchAll(/```json\n(.*?)```/gs)].map(
  ([, json = '']) => JSON.parse(json) as object,
);

describe('docs/webhooks.md', () => {
  it.each(Object.entries(patterns ?? {}))('has patterns that are taken: %s', (_, list) => {
    expect(Patterns.safeParse(list).error).toBeUndefined();
  });

  it('has a preset that is taken', () => {
    expect(BuildPreset.safeParse(preset).error).toBeUndefined();
  });

  it('names every word of a preset and every type of event', () => {
    for (const word of PRESET_WORDS) expect(text).toContain(`| \`\${${word}}\``);
    for (const type of WEBHOOK_EVENT_TYPES) expect(text).toContain(`| \`${type}\``);
  });

  it('names words that ask for no build', () => {
    const line = /\*\*Messages\*\*.*?title too/s.exec(text)?.[0] ?? '';
    const words = [...line.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one);
    expect(words.length).toBeGreaterThan(8);
    for (const word of words) expect(skipWords(word)).toBe(word);
  });
});
