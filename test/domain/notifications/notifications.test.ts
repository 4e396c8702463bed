import { commitStatusRequest, type CommitFacts } from '../../../src/domain/notifications/commit-status.js';
import { badgeSvg } from '../../../src/domain/notifications/badge.js';
import { checkReceiver } from '../../../src/domain/notifications/check-receiver.js';
import { judgeAnswer } from '../../../src/domain/notifications/judge-answer.js';
import {
  MOST_TRIES,
  pauseAfterTry,
  readRetryAfter,
} from '../../../src/domain/notifications/retry-schedule.js';
import { BUILD_STATUSES } from '../../../src/domain/builds/status.js';

const FACTS: CommitFacts = {
  project: 'app',
  number: 12,
  status: 'failed',
  repositoryUrl: 'ssh://git@git.example.com:2222/team/sub/app.git',
  commit: 'a'.repeat(40),
  branch: 'main',
  failureCode: 'step_failed',
  pageUrl: null,
};

test('the pauses grow from seconds to a day, spread by a fifth, and end', () => {
  const given = { factor: 1, random: 0.5, askedMs: null };
  const pauses = Array.from({ length: MOST_TRIES }, (_, index) => pauseAfterTry(index + 1, given));
  expect(pauses).toEqual([
    ...[5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000],
    null,
  ]);
  expect(pauseAfterTry(1, { ...given, random: 0 })).toBe(4_000);
  expect(pauseAfterTry(1, { ...given, random: 1 })).toBe(6_000);
  expect(pauseAfterTry(2, { ...given, factor: 0.001 })).toBe(300);
});

test('a receiver that asks for a pause gets at least that, and a day at most', () => {
  const given = { factor: 0.001, random: 0.5 };
  expect(pauseAfterTry(1, { ...given, askedMs: 7_000 })).toBe(7_000);
  expect(pauseAfterTry(1, { ...given, askedMs: 10 ** 9 })).toBe(86_400_000);
  expect(pauseAfterTry(MOST_TRIES, { ...given, askedMs: 7_000 })).toBeNull();
  const now = Date.parse('2026-05-04T10:00:00Z');
  expect(readRetryAfter('120', now)).toBe(120_000);
  expect(readRetryAfter('Mon, 04 May 2026 10:00:30 GMT', now)).toBe(30_000);
  expect(readRetryAfter('Mon, 04 May 2026 09:00:30 GMT', now)).toBe(0);
  for (const wrong of [null, '', '-1', '1.5', 'soon', '2026-05-04', 'Xyz, nonsense'])
    expect(readRetryAfter(wrong, now)).toBeNull();
});

test.each([
  ['webhook', 204, '', 'delivered'],
  ['webhook', 302, '', 'failed'],
  ['webhook', 400, '', 'failed'],
  ['webhook', 410, '', 'gone'],
  ['webhook', 500, '', 'failed'],
  ['github', 201, '', 'delivered'],
  ['github', 401, '', 'failed'],
  ['github', 403, '', 'failed'],
  ['github', 410, '', 'dead'],
  ['github', 422, '', 'dead'],
  ['gitea', 404, '', 'dead'],
  ['gitea', 502, '', 'failed'],
  ['gitlab', 400, '{"message":"Cannot transition status via :run from :running (Reason)"}', 'delivered'],
  ['gitlab', 400, '{"message":"Cannot transition status via :run from :success (Reason)"}', 'dead'],
  ['github', 400, 'Cannot transition status via :run from :running', 'dead'],
] as const)('what %s answers with %s %s is %s', (kind, status, text, what) => {
  const verdict = judgeAnswer(kind, 'running', { status, text });
  expect(verdict.what).toBe(what);
  if (verdict.what !== 'delivered') expect(verdict.because).toContain(String(status));
});

test('each host is told in its own words', () => {
  const wordsOf = (kind: 'github' | 'gitlab' | 'gitea') =>
    BUILD_STATUSES.map((status) => commitStatusRequest(kind, { ...FACTS, status }).state);
  expect(wordsOf('github')).toEqual(['pending', 'pending', 'success', 'failure', 'error']);
  expect(wordsOf('gitlab')).toEqual(['pending', 'running', 'success', 'failed', 'canceled']);
  expect(wordsOf('gitea')).toEqual(['pending', 'pending', 'success', 'failure', 'error']);
});

test('a request names repository, commit and project', () => {
  const gitlab = commitStatusRequest('gitlab', FACTS);
  expect(gitlab.path).toBe(`/projects/team%2Fsub%2Fapp/statuses/${'a'.repeat(40)}`);
  expect(JSON.parse(gitlab.body ?? '')).toEqual({
    ...{ state: 'failed', name: 'kiln/app', ref: 'main', description: 'Build #12 failed (step_failed)' },
  });
  const short = {
    ...FACTS,
    repositoryUrl: 'git@git.example.com:team/app.git',
    pageUrl: 'https://k.example.com/1',
  };
  const github = commitStatusRequest('github', short);
  expect(github.path).toBe(`/repos/team/app/statuses/${'a'.repeat(40)}`);
  expect(JSON.parse(github.body ?? '')).toEqual({
    ...{ state: 'failure', context: 'kiln/app', description: 'Build #12 failed (step_failed)' },
    target_url: 'https://k.example.com/1',
  });
});

test('no token goes out in plain HTTP, and no notification to an address of a closed network', () => {
  const policy = { insecureGitHosts: ['git.lan:3000'], allowedNetworks: [] };
  const judge = (kind: 'webhook' | 'gitea', url: string) => () => checkReceiver(kind, new URL(url), policy);
  expect(judge('gitea', 'http://git.example.com/api/v1')).toThrow(/not valid/);
  expect(judge('gitea', 'http://git.lan:3000/api/v1')).not.toThrow();
  expect(judge('webhook', 'http://hooks.example.com')).not.toThrow();
  const closed = [
    '127.0.0.1',
    '[::1]',
    '[::ffff:10.0.0.1]',
    '169.254.169.254',
    '0x7f000001',
    '2130706433',
    '127.1',
  ];
  for (const host of closed) expect(judge('webhook', `https://${host}/x`)).toThrow(/KILN_ALLOWED_NETWORKS/);
});

test('a badge escapes what it shows, and says the same for the same', () => {
  const svg = badgeSvg('a<b>&"\'\u0000\ud800', 'failed');
  expect(svg).toContain('a&lt;b&gt;&amp;&quot;&#39;');
  expect(svg).toContain('failing');
  expect(svg).not.toMatch(/[\u0000\ud800]|<b>/);
  expect(badgeSvg('main', null)).toContain('no builds');
  expect(badgeSvg('main', null)).toBe(badgeSvg('main', null));
  expect(badgeSvg('x'.repeat(500), 'success').length).toBeLessThan(1_500);
});

test('a badge gives each text the room that its letters take, so that they are neither spread nor pressed', () => {
  const lengths = (label: string): number[] =>
    [...badgeSvg(label, 'failed').matchAll(/textLength="(\d+)"/g)].map(([, length]) => Number(length));
  // As DejaVu Sans draws them at 11 px.
  for (const [label, drawn] of [
    ['main', 27.5],
    ['iiiiiiii', 24.8],
    ['WWWWWWWW', 87.2],
    ['feature/Q3-mmm', 95.5],
    ['v1.2.3-rc.1', 59.5],
  ] as const) {
    const [left = 0, right = 0] = lengths(label);
    expect([label, Math.abs(left / drawn - 1) < 0.06]).toEqual([label, true]);
    expect(Math.abs(right / 33.9 - 1)).toBeLessThan(0.06);
  }
});
