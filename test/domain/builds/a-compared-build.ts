import type { ComparedBuild } from '../../../src/domain/builds/cache-miss.js';

export const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
export const BASE = `[1/4] FROM docker.io/library/busybox:1@${digest('a')}`;

/** Names of steps; `!` before one that is cached, `?` before one that did not end. */
export function aBuild(names: readonly string[], over: Partial<ComparedBuild> = {}): ComparedBuild {
  return {
    steps: ['[internal] load build context', ...names].map((marked, index) => {
      const name = marked.replace(/^[!?]/, '');
      return {
        number: index + 1,
        name,
        type: /^(?:\[[^\]]*\] )?([A-Z]+) /.exec(name)?.[1] ?? null,
        isCached: marked.startsWith('!'),
        isDone: !marked.startsWith('?'),
      };
    }),
    usesCache: true,
    buildArgs: {},
    host: 'one',
    commit: null,
    network: 'default',
    pins: new Map(),
    files: new Map([
      ['src/a', '1'],
      ['src/b', '1'],
      ['other', '1'],
    ]),
    dockerfile: null,
    target: null,
    ...over,
  };
}
