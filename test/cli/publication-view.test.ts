import { NO_BUILD, withBuild, withPublication } from '../../src/cli/progress/build-state.js';
import { buildLines } from '../../src/cli/progress/build-view.js';
import { changeLines } from '../../src/cli/progress/plain-view.js';
import { publicationText } from '../../src/cli/progress/publication-view.js';
import { resultLines } from '../../src/cli/progress/result-view.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { after, aBuild, aPublication, aSuccess, CREATED_MS } from '../support/api-records.js';

const style = createStyle(false);

test.each([
  [{}, '12.0 MB of 40.0 MB'],
  [{ total_bytes: 0, sent_bytes: 0, spared_bytes: 0 }, 'begins'],
  [{ sent_bytes: 90_000_000 }, '40.0 MB of 40.0 MB'],
  [
    { status: 'waiting', waiting_reason: 'It does not\nanswer.\u001b[31m' } as const,
    'waits: It does not answer.',
  ],
  [{ status: 'copied', sent_bytes: 0, mounted_blobs: 3 } as const, '0 B sent, 3 blobs mounted'],
  [
    { status: 'copied', sent_bytes: 9_000, mounted_blobs: 1, existing_blobs: 2 } as const,
    '9.0 kB sent, 1 blob mounted, 2 there before',
  ],
  [{ status: 'given_up' } as const, 'given up (4.0 MB sent)'],
])('a publication with %j reads as %s', (fields, text) => {
  expect(publicationText(aPublication(fields))).toBe(text);
});

test('a live build shows each push under its steps', () => {
  const state = withPublication(
    withPublication(withBuild(NO_BUILD, aBuild()), aPublication({ repository: 'r.test/one' })),
    aPublication({ repository: 'r.test/two', status: 'waiting', waiting_reason: 'Busy.' }),
  );
  const lines = buildLines(state, { columns: 100, rows: 20, nowMs: CREATED_MS, style });
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/^ . push r\.test\/one: 12\.0 MB of 40\.0 MB$/),
    ' · push r.test/two: waits: Busy.',
  ]);
});

test('appended output names the beginning, each wait and the end of a push, not every byte', () => {
  const build = withBuild(NO_BUILD, aBuild());
  const steps = [
    aPublication({ sent_bytes: 0 }),
    aPublication({ sent_bytes: 5_000 }),
    aPublication({ status: 'waiting', waiting_reason: 'Busy.' }),
    aPublication({ status: 'copied', completed_at: after(3) }),
  ];
  let state = build;
  const lines = steps.flatMap((step) => {
    const before = state;
    state = withPublication(state, step);
    return changeLines(before, state);
  });
  expect(lines).toEqual([
    'hello#12 push to r.test/app: 8.0 MB of 40.0 MB',
    'hello#12 push to r.test/app: waits: Busy.',
    'hello#12 push to r.test/app: 4.0 MB sent',
  ]);
});

test('the last word on a build says what was pushed', () => {
  const publications = [aPublication({ status: 'copied', sent_bytes: 0, mounted_blobs: 3 })];
  const lines = resultLines(aSuccess(), { steps: [], publications, nowMs: CREATED_MS, style });
  expect(lines.join('\n')).toMatch(/pushed +r\.test\/app: 0 B sent, 3 blobs mounted/);
});

test('the last word on a build says that its cancel came after its publication had begun, and what was removed again', () => {
  const late = { cancel_requested_at: after(4), publish_began_at: after(3) };
  const context = { steps: [], nowMs: CREATED_MS, style };
  const said = resultLines(aSuccess(late), context).join('\n');
  expect(said).toContain(
    `asked for at ${late.cancel_requested_at}; the publication had begun at ${after(3)}`,
  );
  expect(resultLines(aSuccess({ publish_began_at: after(3) }), context).join()).not.toContain('cancel');

  const publications = [aPublication({ status: 'copied', removed_at: after(9) })];
  const cancelled = aBuild({ ...late, status: 'cancelled' });
  expect(resultLines(cancelled, { ...context, publications }).join('\n')).toMatch(/sent, removed again/);
});

test.each([
  [{ not_served_at: after(9) }, `not served at ${after(9)})`],
  [
    { removed_at: after(9), not_served_at: after(9), tidy_due_at: after(69) },
    `removed again, not served at ${after(9)}); the registry is asked again at ${after(69)}`,
  ],
  [
    { tidy_trouble: 'It keeps images. Allow it.' },
    '); what was sent may be served there still: It keeps images. Allow it.',
  ],
  [
    { tidy_trouble: 'It did not answer.', tidy_due_at: after(69) },
    `still: It did not answer.; the registry is asked again at ${after(69)}`,
  ],
])('of a push that came to nothing it says what is known to be left: %j', (fields, text) => {
  const said = publicationText(aPublication({ status: 'given_up', ...fields }));
  expect(said.slice(-text.length)).toBe(text);
});

test.each([
  [{ total_blobs: 3, mounted_blobs: 1 }, 'r.test/app: 12.0 MB of 40.0 MB, 1 of 3 blobs'],
  [
    { total_blobs: 3, uploaded_blobs: 3, status: 'waiting', waiting_reason: 'Busy.' } as const,
    'r.test/app: 12.0 MB of 40.0 MB, 3 of 3 blobs; waits: Busy.',
  ],
  [{ total_blobs: 0, status: 'waiting', waiting_reason: 'Busy.' } as const, 'r.test/app: waits: Busy.'],
  [{ status: 'copied', sent_bytes: 0, existing_blobs: 3 } as const, 'r.test/app: 0 B sent, 3 there before'],
])('a build that goes on says how far a push with %j is', (fields, text) => {
  const none = { mounted_blobs: 0, existing_blobs: 0, uploaded_blobs: 0 };
  const publications = [aPublication({ ...none, ...fields })];
  const build = aBuild({ status: 'in_progress' });
  const lines = resultLines(build, { steps: [], publications, nowMs: CREATED_MS, style });
  expect(lines.slice(1)).toEqual([`  push       ${text}`]);
});
