import { sourcePolicy } from '../../../src/engines/buildx/source-policy.js';

interface Policy {
  readonly rules: readonly { readonly action: string; readonly selector: { readonly identifier: string } }[];
}

/** Whether BuildKit would take the source: of the rules that fit, the last one decides. */
function isAllowed(identifier: string): boolean {
  const { rules } = JSON.parse(
    sourcePolicy({
      registries: ['docker.io', 'r.example:5000'],
      images: [],
      sourceHosts: ['a.example', '2001:db8::1'],
    }),
  ) as Policy;
  const fitting = rules.filter(({ selector }) =>
    // JavaScript has no flags inside a pattern.
    new RegExp(selector.identifier.replaceAll('(?i:', '(?:'), 'i').test(identifier),
  );
  return fitting.at(-1)?.action === 'ALLOW';
}

test.each([
  'local://context',
  'docker-image://docker.io/library/busybox:1',
  'docker-image://r.example:5000/team/app@sha256:00',
  'https://a.example/file?x=1',
  'http://a.example:8080/file',
  'http://A.example',
  'http://[2001:db8::1]:80/file',
  'git://a.example/team/app.git#main:src',
])('the builder may fetch %s', (identifier) => {
  expect(isAllowed(identifier)).toBe(true);
});

test.each([
  'http://127.0.0.1/',
  'http://b.example/a.example/',
  'http://a.example.evil/',
  'http://a.example@evil/',
  'http://a.example:80@evil/',
  'http://aXexample/',
  'https://evil/?http://a.example/',
  'git://evil/team/app.git',
  'ssh://a.example/x',
  'docker-image://evil/docker.io/x',
  'docker-image://r.example:5000.evil/x',
  'docker-image://r.example/x',
  'oci-layout://x',
  'unknown://a.example/',
])('the builder may not fetch %s', (identifier) => {
  expect(isAllowed(identifier)).toBe(false);
});

test('a pinned image is taken by its digest, and is judged as any other', () => {
  const pinned = `r.example:5000/base:1@sha256:${'a'.repeat(64)}`;
  const { rules } = JSON.parse(
    sourcePolicy({ registries: ['r.example:5000'], images: [], sourceHosts: [] }, [pinned]),
  ) as Policy;
  expect(rules.at(-1)).toEqual({
    action: 'CONVERT',
    selector: { identifier: 'docker-image://r.example:5000/base:1', match_type: 'WILDCARD' },
    updates: { identifier: `docker-image://${pinned}` },
  });
  expect(rules.filter(({ action }) => action === 'ALLOW')).toHaveLength(2);
});

test('another image takes the place of a name, also of one with a digest', () => {
  const { rules } = JSON.parse(
    sourcePolicy({ registries: ['r.example:5000'], images: [], sourceHosts: [] }, [], {
      'r.example:5000/base:1': 'r.example:5000/base:2',
    }),
  ) as Policy;
  expect(rules.slice(-2)).toEqual(
    ['r.example:5000/base:1', 'r.example:5000/base:1@*'].map((name) => ({
      action: 'CONVERT',
      selector: { identifier: `docker-image://${name}`, match_type: 'WILDCARD' },
      updates: { identifier: 'docker-image://r.example:5000/base:2' },
    })),
  );
});

test('BuildKit converts no name that takes the place of another one: it would convert what comes of that again', () => {
  const policy = sourcePolicy({ registries: ['r.example'], images: [], sourceHosts: [] }, [], {
    ...{ 'r.example/a:1': `r.example/b:1@sha256:${'b'.repeat(64)}`, 'r.example/b:1': 'r.example/a:1' },
    ...{ 'r.example/c:1': 'r.example/a:1', 'r.example/d:1': `r.example/d:1@sha256:${'d'.repeat(64)}` },
  });
  const converted = (JSON.parse(policy) as Policy).rules.filter(({ action }) => action === 'CONVERT');
  expect(converted.map(({ selector }) => selector.identifier)).toEqual(
    ['c:1', 'c:1@*', 'd:1', 'd:1@*'].map((name) => `docker-image://r.example/${name}`),
  );
});
