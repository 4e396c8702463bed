import definitions from '@octokit/webhooks-examples';
import fc from 'fast-check';
import { webhookReader } from '../../../src/adapters/webhooks/reader.js';
import { decide, WEBHOOK_EVENT_TYPES } from '../../../src/domain/webhooks/decide.js';
import type { WebhookProvider } from '../../../src/domain/webhooks/provider.js';
import type { WebhookRequest } from '../../../src/ports/webhook-reader.js';
import * as gitea from './payloads/gitea.js';
import * as gitlab from './payloads/gitlab.js';
import { NOW, SECRET, signed } from './requests.js';

const RULES = {
  repositoryUrl: 'https://git.example.com/team/app.git',
  autoBuildEnabled: true,
  eventTypes: WEBHOOK_EVENT_TYPES,
  branchPatterns: ['main', 'release/**', '!release/old'],
  tagPatterns: ['v*'],
  pathPatterns: ['**/*.html', '!docs/**'],
};

const ofGithub = (definitions as unknown as { name: string; examples: object[] }[])
  .filter(({ name }) => ['push', 'pull_request', 'release', 'ping', 'create'].includes(name))
  .flatMap(({ name, examples }) => examples.slice(0, 3).map((body) => signed('github', name, body)));

const requests: readonly (readonly [WebhookProvider, WebhookRequest])[] = [
  ...ofGithub.map((request) => ['github', request] as const),
  ...[gitlab.push, gitlab.tagPush, gitlab.mergeRequest, gitlab.release].map(
    (body) => ['gitlab', signed('gitlab', 'Push Hook', body)] as const,
  ),
  ...Object.entries({ push: gitea.push, pull_request: gitea.pullRequest, release: gitea.release }).flatMap(
    ([name, body]) => [
      ['gitea', signed('gitea', name, body)] as const,
      ['forgejo', signed('forgejo', name, body)] as const,
    ],
  ),
  [
    'generic',
    signed('generic', '', { repository: RULES.repositoryUrl, ref: 'refs/heads/main', sha: gitea.SHA }),
  ],
];

/** What a value of a body is replaced by. */
const oddValues = fc.constantFrom(
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":1}}',
  '1e400',
  '-1',
  '9007199254740993',
  '1234567890'.repeat(100),
  'null',
  'true',
  '[]',
  '[[[[]]]]',
  '['.repeat(5000),
  '{"a":'.repeat(500),
  '"\\u0000"',
  '"\\ud800"',
  '"refs/heads/../../x"',
  '"-x"',
  `"${'x'.repeat(10_000)}"`,
);

type Change = (body: Buffer) => Uint8Array;
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (body: Buffer, share: number): number => Math.floor(body.length * share);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([share, bits]): Change => (body) => {
    const changed = Buffer.from(body);
    const index = at(body, share);
    changed[index] = (changed[index] ?? 0) ^ bits;
    return changed;
  }),
  place.map(
    (share): Change =>
      (body) =>
        body.subarray(0, at(body, share)),
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 50 })).map(
    ([share, bytes]): Change =>
      (body) =>
        Buffer.concat([body.subarray(0, at(body, share)), bytes, body.subarray(at(body, share))]),
  ),
  fc.tuple(place, oddValues).map(([share, value]): Change => (body) => {
    const text = body.toString();
    const values = [...text.matchAll(/:(?:"[^"\\]*"|\d+|true|false|null)/g)];
    const chosen = values[Math.floor(values.length * share)];
    if (chosen === undefined) return body;
    return Buffer.from(
      `${text.slice(0, chosen.index)}:${value}${text.slice(chosen.index + chosen[0].length)}`,
    );
  }),
);

const oddHeader = fc.oneof(
  fc.string({ maxLength: 300, unit: 'binary' }),
  fc.array(fc.string({ maxLength: 80 }), { maxLength: 3 }),
  fc.constantFrom('', 'sha256=', 'v1,', 'v1, v1,', '__proto__', undefined),
);

describe('10,000 changed requests', () => {
  it('are read or refused, and nothing is raised or kept', () => {
    const before = heapBytes();
    let read = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...requests),
        fc.array(change, { maxLength: 3 }),
        fc.option(fc.tuple(place, oddHeader)),
        ([provider, request], changes, header) => {
          const body = changes.reduce((bytes, apply) => Buffer.from(apply(bytes)), Buffer.from(request.body));
          const names = Object.keys(request.headers);
          const name = header === null ? null : names[Math.floor(names.length * header[0])];
          const headers = name == null ? request.headers : { ...request.headers, [name]: header?.[1] };
          const changed = { body, headers };

          const verdict = webhookReader.verify(provider, changed, SECRET, NOW);
          expect('signedBy' in verdict || typeof verdict.refused === 'string').toBe(true);
          if (provider !== 'gitlab' && !body.equals(request.body)) expect(verdict).toHaveProperty('refused');

          const result = webhookReader.read(provider, changed);
          if ('refused' in result) {
            expect(result.refused.length).toBeLessThan(1000);
            refused++;
            return;
          }
          read++;
          const decision = decide(result.event, RULES);
          expect(
            Object.keys(decision).some((key) => ['build', 'approval', 'ignored', 'refused'].includes(key)),
          ).toBe(true);
          expect(JSON.stringify(decision)).not.toMatch(/\\u0000|\\ud[89a-f]/);
        },
      ),
      { numRuns: 10_000 },
    );
    expect(read).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(heapBytes() - before).toBeLessThan(50 * 1024 * 1024);
  });
});

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
