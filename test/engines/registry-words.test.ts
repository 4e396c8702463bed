import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { FailureStage } from '../../src/domain/builds/status.js';
import type { ErrorCode } from '../../src/domain/errors.js';
import { judgeRegistryWords } from '../../src/domain/images/registry-words.js';
import { explainRegistry } from '../../src/engines/buildah/registry-failure.js';
import { matchFailure } from '../../src/engines/buildx/failure-rules.js';
import { explainFailure } from '../../src/engines/kaniko/failure.js';
import { registryFault } from '../../src/engines/paketo/fault.js';

interface Told {
  readonly code: ErrorCode;
  readonly stage?: FailureStage;
  readonly message: string;
}

/** What real programs have said to a registry that answered in these ways: program, phase, answer, words. */
const RECORDED = readFileSync(new URL('registry-words.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split('\t') as [string, 'pull' | 'push', string, string]);

const EXPECTED: Readonly<Record<string, readonly [ErrorCode, RegExp]>> = {
  full507: ['registry_full', /has no room for it .*Free room in it or raise the quota/],
  fullerr28: ['registry_full', /has no room for it .*Free room in it or raise the quota/],
  quota: ['registry_full', /has no room for it .*Free room in it or raise the quota/],
  quota2: ['registry_full', /has no room for it .*Free room in it or raise the quota/],
  limited: ['registry_limited', /no more requests for now .*Retry later, or store credentials/],
  expired: [
    'registry_denied',
    /token has expired .*`kiln credentials set registry 127\.0\.0\.1:5601 --username NAME`/,
  ],
  denied: [
    'registry_denied',
    /refused the credentials .*`kiln credentials set registry 127\.0\.0\.1:5601 --username NAME`/,
  ],
  unauth: [
    'registry_denied',
    /refused the credentials .*`kiln credentials set registry 127\.0\.0\.1:5601 --username NAME`/,
  ],
  gone: ['base_image_missing', /does not exist on its registry/],
  tls: ['registry_unreachable', /authority unknown here .*KILN_REGISTRY_CA_DIR/],
  clock: ['registry_unreachable', /not valid today .*check the clocks/],
  dns: ['registry_unreachable', /name is not known on the build host .*the DNS of the build host/],
  refused: ['registry_unreachable', /does not answer .*Check its address and that it runs/],
};

const IMAGES: Readonly<Record<string, string>> = {
  tls: 'localhost:5602',
  clock: 'localhost:5603',
  dns: 'nowhere.invalid',
  refused: '127.0.0.1:5699',
};

/** The words as the method has them that uses the program. */
const EXPLAIN: Readonly<Record<string, (phase: 'pull' | 'push', image: string, words: string) => Told>> = {
  buildctl: (_phase, _image, words) => matchFailure(words.replace(/^error: failed to solve: /, ''), null)!,
  buildah: (phase, image, words) => explainRegistry(phase, image, words.replace(/^Error: /, '')),
  crane: (_phase, image, words) => registryFault(image, words),
  kaniko: (phase, _image, words) =>
    explainFailure({
      hide: (text) => text,
      end: { exitCode: 1, signal: null, outputs: {} },
      digest: null,
      error: words,
      open:
        phase === 'pull'
          ? ({ instruction: 'FROM x', number: 1, output: { lastLines: () => [] } } as never)
          : null,
      plainLines: [],
    })!,
};

test.each(RECORDED)('%s %s, answered %s, is told with its remedy', (program, phase, answer, words) => {
  const image = `${IMAGES[answer] ?? '127.0.0.1:5601'}/app:1`;
  const told = EXPLAIN[program]!(phase, image, words);
  const [code, message] = EXPECTED[answer]!;
  // Nobody can look a name up inside of kaniko's root but those that the build names.
  if (program === 'kaniko' && answer === 'dns') return expect(told.code).toBe('host_not_allowed');
  expect(told).toMatchObject({ code, message: expect.stringMatching(message) });
  if (told.stage !== undefined) expect(told.stage).toBe(phase === 'pull' ? 'build' : 'push');
});

test.each([
  'unexpected status from HEAD request to https://r.test/v2/quota/denied-forbidden/manifests/507: 500 Internal Server Error',
  'reading manifest 1 in r.test/toomanyrequests/app: received unexpected HTTP status: 502 Bad Gateway',
])('the name of an image says nothing of its registry: %s', (words) => {
  expect(judgeRegistryWords(words, 'r.test/quota/app')).toBeNull();
});
