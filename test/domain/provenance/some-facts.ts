import type { BuildFacts } from '../../../src/domain/provenance/build-facts.js';

export const IMAGE_DIGEST = `sha256:${'a'.repeat(64)}`;
export const BUILD_ID = '0199a6f0-1111-7000-8000-000000000001';
export const COMMIT = '4f2a9c1d7be03586a1c94d2f6b8e07a35d1c9f20';
export const BUILDER_ID = 'https://kiln.example.org';

/** What the record says of a build by buildx from git. */
export function someFacts(over: Partial<BuildFacts> = {}): BuildFacts {
  return {
    buildId: BUILD_ID,
    madeByBuildId: BUILD_ID,
    project: 'app',
    buildNumber: 3,
    attempt: 1,
    method: 'buildx',
    trust: 'untrusted',
    imageDigest: IMAGE_DIGEST,
    repository: 'registry.example.com/team/app',
    destinations: ['registry.example.com/team/app:3'],
    source: {
      kind: 'git',
      url: 'https://git.example.org/team/app.git',
      ref: 'main',
      commit: COMMIT,
      folder: null,
      submodules: false,
      lfs: false,
    },
    options: { dockerfile: 'Dockerfile', build_context: '.', cache_enabled: true },
    textDigests: {},
    buildTimeoutMs: 3_600_000,
    resources: { memory_bytes: 2_147_483_648, network: 'none' },
    usedImages: [
      { reference: 'docker.io/library/debian:12', digest: `sha256:${'b'.repeat(64)}`, isBase: true },
      { reference: 'docker.io/library/golang:1.26', digest: `sha256:${'c'.repeat(64)}`, isBase: false },
    ],
    usedFiles: [],
    tools: { runc: '1.3.6', buildctl: '0.29.0' },
    kilnVersion: '0.1.0',
    builderId: BUILDER_ID,
    startedAt: '2026-05-04T10:00:02.000Z',
    finishedAt: '2026-05-04T10:00:44.120Z',
    log: { sha256: 'd'.repeat(64), lines: 120 },
    hidden: [],
    ...over,
  };
}
