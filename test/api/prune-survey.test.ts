import { expect, test } from 'vitest';
import { judgedByRegistries } from '../../src/api/handlers/retention/judged-by-registries.js';
import {
  surveyRegistries,
  type SurveyingRegistry,
} from '../../src/api/handlers/retention/survey-registries.js';
import { KilnError } from '../../src/domain/errors.js';
import type { PrunePlan } from '../../src/ports/retention.js';

const OLD = 'sha256:old';
type Going = PrunePlan['goes'][number];
const going = (over: Partial<Going> = {}): Going => ({
  image_id: 'old',
  manifest_digest: OLD,
  repositories: ['r.test/app'],
  tags: ['r.test/app:3'],
  branches: ['main'],
  last_published_at: '2026-05-04T10:00:00.000Z',
  because: 'nothing uses it',
  ...over,
});

/** What a preview says when registries serve these manifests, by repository, under these tags, by `repository:tag`. */
async function preview(
  goes: readonly Going[],
  served: Readonly<Record<string, readonly string[]>>,
  tags: Readonly<Record<string, string>> = {},
  children: Readonly<Record<string, readonly string[]>> = {},
) {
  const registry: SurveyingRegistry = {
    tagged: (repository) =>
      served[repository] === undefined
        ? Promise.reject(new KilnError('registry_unreachable', { message: 'It is away.' }))
        : Promise.resolve(
            Object.entries(tags)
              .filter(([name]) => name.startsWith(`${repository}:`))
              .map(([name, digest]) => ({
                ...{ tag: name.slice(repository.length + 1), digest, children: children[digest] ?? [] },
              })),
          ),
    head: (repository, digest) =>
      Promise.resolve(
        served[repository]?.includes(digest) === true ? { digest, mediaType: 'm', sizeBytes: 1 } : null,
      ),
  };
  const survey = await surveyRegistries(registry, { goes, project: 'app' }, new AbortController().signal);
  const retention = { keep_newest: 1, older_than_seconds: null, protected_tags: [], expendable_tags: [] };
  return { ...judgedByRegistries({ retention, goes, stays: [] }, survey), troubles: survey.troubles };
}

test('an image that only its own tag points at goes', async () => {
  const shown = await preview([going()], { 'r.test/app': [OLD] }, { 'r.test/app:3': OLD });
  expect(shown).toMatchObject({ goes: [{ absent_from: [], in_use_in: [] }], stays: [], troubles: [] });
});

test('an image that somebody else has tagged stays, also as a part of an index', async () => {
  const served = { 'r.test/app': [OLD] };
  expect(await preview([going()], served, { 'r.test/app:production': OLD })).toMatchObject({
    goes: [],
    stays: [{ manifest_digest: OLD, because: 'the tag production points at it' }],
  });
  const index = await preview([going()], served, { 'r.test/app:all': 'sha256:i' }, { 'sha256:i': [OLD] });
  expect(index.stays).toMatchObject([{ because: 'the tag all points at it' }]);
});

test('an image that is not there any more is told as absent', async () => {
  expect((await preview([going()], { 'r.test/app': [] })).goes).toMatchObject([
    { absent_from: ['r.test/app'] },
  ]);
});

test('an image that is in use in one repository goes from the other only', async () => {
  const repositories = ['r.test/app', 's.test/app'];
  const served = { 'r.test/app': [OLD], 's.test/app': [OLD] };
  const { goes, stays } = await preview([going({ repositories })], served, { 's.test/app:prod': OLD });
  expect(stays).toEqual([]);
  expect(goes).toMatchObject([
    { in_use_in: [{ repository: 's.test/app', because: 'the tag prod points at it' }], absent_from: [] },
  ]);
});

test('a registry that is away is told with a remedy, and the others are asked all the same', async () => {
  const repositories = ['away.test/app', 'r.test/app'];
  const { goes, troubles } = await preview([going({ repositories })], { 'r.test/app': [] });
  expect(troubles).toMatchObject([{ repository: 'away.test/app', code: 'registry_unreachable' }]);
  expect(goes).toMatchObject([{ absent_from: ['r.test/app'] }]);
});
