import { readFileSync, writeFileSync } from 'node:fs';
import { METHOD_NAMES } from '../../../src/engines/methods.js';
import type { BuildFacts } from '../../../src/domain/provenance/build-facts.js';
import { provenanceOf } from '../../../src/domain/provenance/provenance.js';
import { IMAGE_DIGEST, someFacts } from './some-facts.js';

const PLANTED = 'planted-canary-4711';
const upload = { kind: 'upload', contextSha256: 'e'.repeat(64), commit: null } as const;

/** What each method is told, with a secret wherever somebody may put one. */
const BUILDS: Readonly<Record<string, Partial<BuildFacts>>> = {
  buildx: {
    options: {
      ...{ dockerfile: 'Dockerfile', build_context: '.', target_stage: 'app', cache_enabled: true },
      build_args: { VERSION: '1.2', TOKEN: PLANTED },
      secrets: [{ id: 'npm', name: 'npm-token' }],
      platforms: ['linux/amd64', 'linux/arm64'],
      cache_from: ['registry.example.com/cache/app:main'],
      tests: { target: 'tests' },
    },
  },
  kaniko: {
    source: { kind: 'inline' },
    options: {
      dockerfile_inline: `FROM scratch\n# ${PLANTED}`,
      cache_repo: 'registry.example.com/cache/app',
    },
    textDigests: { dockerfile_inline: 'f'.repeat(64) },
    tools: { kaniko: '1.25.0', runc: '1.3.6' },
  },
  container: {
    source: { ...upload, commit: '4f2a9c1' },
    options: { dockerfile: 'Dockerfile', build_args: { PASSWORD: PLANTED } },
    tools: { buildah: '1.43.1', runc: '1.3.6' },
  },
  paketo: {
    source: upload,
    options: {
      builder: 'registry.example.com/cnb/builder:1',
      buildpacks: ['paketo-buildpacks/procfile@5'],
      environment: { BP_NODE_VERSION: '20', API_KEY: PLANTED },
      bindings: [{ name: 'db', type: 'postgresql', secrets: { password: 'db-password' } }],
    },
    tools: { lifecycle: '0.20.11', runc: '1.3.6' },
    usedImages: [{ reference: 'registry.example.com/cnb/run:1', digest: null, isBase: true }],
  },
  packer: {
    source: upload,
    options: {
      packer_template: 'image.pkr.hcl',
      base_images: ['docker.io/library/debian:12'],
      build_args: { db_password: PLANTED },
    },
    tools: { packer: '1.9.4', buildah: '1.43.1', runc: '1.3.6' },
  },
  files: {
    method: 'files',
    source: upload,
    options: {
      base: 'registry.example.com/nginx:1',
      anything: PLANTED,
      nested: { [PLANTED]: 'x', key: PLANTED },
    },
    hidden: [PLANTED],
    tools: {},
    log: null,
    startedAt: null,
  },
};

test('every method has its provenance here', () => {
  expect(Object.keys(BUILDS).sort()).toEqual([...METHOD_NAMES, 'files'].sort());
});

describe.each(Object.entries(BUILDS))('provenance of a build by %s', (method, over) => {
  const statement = provenanceOf(someFacts({ method, ...over }));

  test('says all that the golden one says', () => {
    const golden = new URL(`fixtures/${method}.json`, import.meta.url);
    const text = `${JSON.stringify(statement, null, 2)}\n`;
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  test('tells no value that may be secret', () => {
    expect(JSON.stringify(statement)).not.toContain(PLANTED);
  });
});

test('the same facts give the same bytes', () => {
  const [one, other] = [provenanceOf(someFacts()), provenanceOf(someFacts())];
  expect(JSON.stringify(one)).toBe(JSON.stringify(other));
});

test('a value that logs hide is hidden in what people have written, the longest first', () => {
  const statement = provenanceOf(
    someFacts({
      hidden: ['folder-secret', 'short', 'folder-secret-and-more'],
      options: { dockerfile: 'folder-secret-and-more/folder-secret', target_stage: 'short' },
    }),
  );
  const { options } = statement.predicate.buildDefinition.externalParameters;
  expect(options).toEqual({ dockerfile: '***/***', target_stage: 'short' });
});

test('no secret spoils names of images, schemes, servers, digests or words of Kiln that are like it', () => {
  const facts = someFacts({
    options: {
      cache_from: ['registry.example.com/cache:docker'],
      pinned_images: { 'docker.io/library/debian:12': IMAGE_DIGEST },
      artifacts: [{ name: 'docs', path: '/docs', stage: 'app', retention: 'permanent' }],
    },
    resources: { network: 'egress' },
    usedFiles: [{ uri: 'https://example.com/a', sha256: 'b'.repeat(64), commit: null }],
  });
  const words = [
    'docker',
    'debian',
    'egress',
    'retention',
    'https:',
    'example',
    'aaaaaa',
    'bbbbbb',
    'network',
  ];
  expect(provenanceOf({ ...facts, hidden: words })).toEqual(provenanceOf(facts));
});

test('what ADD fetched is named, with a digest only where the Dockerfile states one', () => {
  const commit = 'c'.repeat(40);
  const { resolvedDependencies } = provenanceOf(
    someFacts({
      usedImages: [],
      usedFiles: [
        { uri: 'https://example.com/a.tgz', sha256: null, commit: null },
        { uri: 'https://example.com/b.tgz', sha256: 'b'.repeat(64), commit: null },
        { uri: 'git+https://example.com/c.git#v1', sha256: null, commit },
      ],
    }),
  ).predicate.buildDefinition;
  expect(resolvedDependencies.slice(-3)).toEqual([
    { name: 'file', uri: 'https://example.com/a.tgz' },
    { name: 'file', uri: 'https://example.com/b.tgz', digest: { sha256: 'b'.repeat(64) } },
    { name: 'file', uri: 'git+https://example.com/c.git#v1', digest: { gitCommit: commit } },
  ]);
});

test('the network of a build that names none is told as what the host gives', () => {
  const { externalParameters } = provenanceOf(someFacts({ resources: {} })).predicate.buildDefinition;
  expect(externalParameters['resources']).toEqual({ network: 'default' });
});

test('a commit that only the client has told is no digest of the source', () => {
  const { resolvedDependencies } = provenanceOf(someFacts({ source: { ...upload, commit: '4f2a9c1' } }))
    .predicate.buildDefinition;
  expect(resolvedDependencies[0]).toEqual({
    name: 'source',
    digest: { sha256: upload.contextSha256 },
    annotations: { commit_as_client_says: '4f2a9c1' },
  });
});

test('a value of five characters with a digit is hidden, as in logs; a shorter one, or a word of five, is in every path', () => {
  const stage = (value: string): string =>
    JSON.stringify(provenanceOf(someFacts({ options: { target_stage: `stage${value}` }, hidden: [value] })));
  expect(stage('81523')).not.toContain('81523');
  expect(stage('8152')).toContain('stage8152');
  expect(stage('build')).toContain('stagebuild');
});
