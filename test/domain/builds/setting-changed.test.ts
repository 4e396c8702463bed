import { describe, expect, test } from 'vitest';
import { type CacheRules, explainMisses } from '../../../src/domain/builds/cache-miss.js';
import { cacheMissText } from '../../../src/domain/builds/cache-miss-text.js';
import { aBuild, BASE } from './a-compared-build.js';

describe('a step that its own text does not explain', () => {
  const RUN_SETTINGS = { uncached: [], runSettings: ['ENV', 'ARG', 'USER', 'SHELL'] };
  const ALL_ABOVE = { uncached: ['WORKDIR'], runSettings: null };
  const file = (...lines: string[]) => ({ dockerfile: lines.join('\n') });
  /** What is said of the last step, when the lines after FROM were others before. */
  const reasonOf = (names: string[], rules: CacheRules, now: string[], before: string[]) => {
    const builtFrom = (lines: string[]) => aBuild(names, file('FROM busybox:1', ...lines));
    return explainMisses(builtFrom(now), builtFrom(before), rules).get(names.length + 1);
  };
  const NUMBERED = [BASE, '![2/3] COPY src /src', '[3/3] RUN make'];
  const PLAIN = ['FROM busybox:1', '!COPY src /src', 'RUN make'];
  const lines = (above: string) => ['COPY src /src', above, 'RUN make'];

  test.each([
    ['ENV A=2', 'ENV A=1'],
    ['ARG V=2', 'ARG V=1'],
    ['USER me', 'USER you'],
    ['SHELL ["sh", "-ec"]', 'SHELL ["sh", "-c"]'],
  ])('is explained by %s above it, which was %s', (after, before) => {
    const miss = { kind: 'setting_changed', before, after };
    expect(reasonOf(NUMBERED, RUN_SETTINGS, lines(after), lines(before))).toEqual(miss);
    expect(reasonOf(PLAIN, ALL_ABOVE, lines(after), lines(before))).toEqual(miss);
  });

  test('is not explained by what its builder does not look at', () => {
    const said = (rules: CacheRules) => reasonOf(NUMBERED, rules, lines('LABEL a=2'), lines('LABEL a=1'));
    expect(said(RUN_SETTINGS)).toEqual({ kind: 'unknown' });
    expect(said(ALL_ABOVE)).toEqual({ kind: 'setting_changed', before: 'LABEL a=1', after: 'LABEL a=2' });
    const below = (value: string) => ['COPY src /src', 'RUN make', `ENV A=${value}`];
    expect(reasonOf(NUMBERED, RUN_SETTINGS, below('2'), below('1'))).toEqual({ kind: 'unknown' });
    const copies = ['[2/2] COPY other /x'];
    const withUser = (user: string) => [`USER ${user}`, 'COPY other /x'];
    expect(reasonOf([BASE, ...copies], RUN_SETTINGS, withUser('a'), withUser('b'))).toEqual({
      kind: 'unknown',
    });
  });

  test('is explained by the user for whom WORKDIR makes its folder', () => {
    const names = [BASE, '![2/3] COPY src /src', '[3/3] WORKDIR /w'];
    const withUser = (...user: string[]) => ['COPY src /src', ...user, 'WORKDIR /w'];
    const miss = { kind: 'setting_changed', before: null, after: 'USER me' };
    expect(reasonOf(names, RUN_SETTINGS, withUser('USER me'), withUser())).toEqual(miss);
    expect(reasonOf(names, RUN_SETTINGS, withUser('ENV A=1'), withUser())).toEqual({ kind: 'unknown' });
  });

  test('is explained by an instruction that came or went', () => {
    const without = ['COPY src /src', 'RUN make'];
    expect(reasonOf(NUMBERED, RUN_SETTINGS, lines('ENV A=1 B=2'), without)).toEqual({
      kind: 'setting_changed',
      before: null,
      after: 'ENV A=1 B=2',
    });
    expect(reasonOf(NUMBERED, RUN_SETTINGS, without, lines('ENV A=1'))).toEqual({
      kind: 'setting_changed',
      before: 'ENV A=1',
      after: null,
    });
  });

  test.each([
    ['[app 1/1] RUN test', RUN_SETTINGS],
    ['[stage-2 1/1] RUN test', RUN_SETTINGS],
    ['[linux/arm64 stage-2 1/1] RUN test', RUN_SETTINGS],
  ])('%s is found in its stage, and has what the stage below it sets', (name, rules) => {
    const lines = (value: string) => [
      ...['FROM x:1 AS base', `ENV A=${value}`, 'FROM y:1', 'ENV A=other', 'RUN test'],
      ...[`FROM base${name.includes('app') ? ' AS app' : ''}`, 'RUN test'],
    ];
    const builtFrom = (value: string) => aBuild([name], file(...lines(value)));
    expect(explainMisses(builtFrom('2'), builtFrom('1'), rules).get(2)).toEqual({
      kind: 'setting_changed',
      before: 'ENV A=1',
      after: 'ENV A=2',
    });
  });

  test('is found where a builder numbers no stages and leaves out those that nothing needs', () => {
    const lines = (value: string) => [
      'FROM x:1 AS unused',
      'RUN a',
      'FROM y:1',
      `ENV A=${value}`,
      'RUN test',
    ];
    const builtFrom = (value: string) => aBuild(['FROM y:1', 'RUN test'], file(...lines(value)));
    expect(explainMisses(builtFrom('2'), builtFrom('1'), ALL_ABOVE).get(3)).toMatchObject({
      after: 'ENV A=2',
    });
  });

  test('is explained by the default of an argument that stands before the first FROM', () => {
    const lines = (value: string) => [`ARG V=${value}`, 'FROM y:1', 'ARG V', 'RUN test'];
    const builtFrom = (value: string) => aBuild([BASE, '[2/2] RUN test'], file(...lines(value)));
    expect(explainMisses(builtFrom('2'), builtFrom('1'), RUN_SETTINGS).get(3)).toMatchObject({
      before: 'ARG V=1',
      after: 'ARG V=2',
    });
  });

  test.each([
    ['RUN <<EOF (echo three)', 'RUN <<EOF'],
    ['COPY <<EOF /c', 'COPY <<EOF /c'],
  ])('is explained by the line of its here-document that differs: %s', (name, first) => {
    const said = (now: string[], before: string[]) => {
      const doc = (body: string[]) => ['RUN make', first, ...body, 'EOF'];
      return reasonOf([BASE, '![2/3] RUN make', `[3/3] ${name}`], RUN_SETTINGS, doc(now), doc(before));
    };
    expect(said(['echo three', 'echo five'], ['echo three', 'echo four'])).toEqual({
      kind: 'heredoc_changed',
      before: 'echo four',
      after: 'echo five',
    });
    expect(said(['echo three'], ['echo three'])).toEqual({ kind: 'unknown' });
  });

  test('is explained by two instructions above it that changed places', () => {
    const [a, b] = ['ENV A=1', 'ENV B=1'];
    const said = reasonOf(NUMBERED, RUN_SETTINGS, [a, b, ...lines('')], [b, a, ...lines('')]);
    expect(said).toEqual({ kind: 'setting_moved', setting: 'ENV A=1' });
  });

  test('is explained by another network, where it is RUN and its builder knows it by that', () => {
    const reason = (names: string[], rules: CacheRules) =>
      explainMisses(aBuild(names, { network: 'none' }), aBuild(names), rules).get(names.length + 1);
    const changed = { kind: 'network_changed', before: 'default', after: 'none' };
    expect(reason(NUMBERED, RUN_SETTINGS)).toEqual(changed);
    expect(reason(NUMBERED, ALL_ABOVE)).toEqual({ kind: 'unknown' });
    expect(reason([BASE, '[2/2] COPY other /x'], RUN_SETTINGS)).toEqual({ kind: 'unknown' });
  });

  test('may be explained by the commit, where the Dockerfile is not read', () => {
    const at = (digit: string) => aBuild([BASE, '[2/2] RUN test'], { files: null, commit: digit.repeat(40) });
    expect(explainMisses(at('b'), at('a'), RUN_SETTINGS).get(3)).toMatchObject({ kind: 'commit_changed' });
  });
});

describe('a here-document of COPY with a builder that knows it by its text', () => {
  const RUN_SETTINGS = { uncached: [], runSettings: ['ENV', 'ARG', 'USER', 'SHELL'] };
  const NAMES = [BASE, '[2/2] COPY <<EOF /c'];
  const built = (lines: string[], buildArgs = {}) =>
    aBuild(NAMES, { dockerfile: ['FROM busybox:1', ...lines].join('\n'), buildArgs });
  const doc = (marker: string, ...body: string[]) => [`COPY <<${marker} /c`, ...body, 'EOF'];
  const said = (now: ReturnType<typeof built>, before: ReturnType<typeof built>) =>
    explainMisses(now, before, RUN_SETTINGS).get(3);

  test('is explained by a variable that is filled in there, also by way of another one', () => {
    for (const body of ['v is $V', 'v is ${V:-none}', 'w is $W']) {
      const of = (value: string) => built([`ENV V=${value}`, 'ENV W=x-$V OTHER=1', ...doc('EOF', body)]);
      expect(said(of('2'), of('1'))).toEqual({
        kind: 'setting_changed',
        before: 'ENV V=1',
        after: 'ENV V=2',
      });
    }
  });

  test('is explained by a build argument that is filled in there, and not by others', () => {
    const lines = ['ARG V', 'ARG OTHER', ...doc('EOF', 'v is $V')];
    const before = { V: '1', OTHER: '1' };
    expect(said(built(lines, { V: '2', OTHER: '2' }), built(lines, before))).toEqual({
      kind: 'build_arguments_changed',
      names: ['V'],
    });
    expect(said(built(lines, { V: '1', OTHER: '2' }), built(lines, before))).toEqual({ kind: 'unknown' });
  });

  test('is not explained by one that it does not name, nor where its name is quoted', () => {
    const of = (value: string, ...lines: string[]) => built([`ENV V=${value}`, ...lines]);
    const [plain, quoted] = [doc('EOF', 'v is $W'), doc('"EOF"', 'v is $V')];
    for (const lines of [plain, quoted])
      expect(said(of('2', ...lines), of('1', ...lines))).toEqual({ kind: 'unknown' });
  });
});

describe('what differs besides', () => {
  const RUN_SETTINGS = { uncached: [], runSettings: ['ENV', 'ARG', 'USER', 'SHELL'] };
  const NAMES = [BASE, '[2/2] RUN <<EOF (make)'];
  const built = (env: string, line: string, buildArgs: Record<string, string>) =>
    aBuild(NAMES, {
      dockerfile: ['FROM busybox:1', 'ARG V', `ENV A=${env}`, 'RUN <<EOF', 'make', line, 'EOF'].join('\n'),
      buildArgs,
    });

  test('is named too', () => {
    const now = built('2', 'test', { V: '2', UNDECLARED: '2' });
    const miss = explainMisses(now, built('1', 'check', { V: '1' }), RUN_SETTINGS).get(3)!;
    expect(miss.kind).toBe('heredoc_changed');
    expect(cacheMissText(miss)).toBe(
      'a line of its here-document, test, was: check; and ENV A=2, above it, was: ENV A=1; and a build argument has another value: V',
    );
  });

  test('is no argument that the stage does not declare', () => {
    const now = built('1', 'test', { V: '1', UNDECLARED: '2' });
    expect(explainMisses(now, built('1', 'test', { V: '1' }), RUN_SETTINGS).get(3)).toEqual({
      kind: 'unknown',
    });
  });
});
