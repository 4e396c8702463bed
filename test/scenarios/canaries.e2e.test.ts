import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildArtifact } from '../../src/contracts/artifacts.js';
import type { Build } from '../../src/contracts/builds.js';
import type { BuildProvenance } from '../../src/contracts/provenance-operations.js';
import { Canary, CanarySearch, ProcessWatch, searchFolder } from '../support/canaries.js';
import { GitHttpServer } from '../support/git-http-server.js';
import { Repository } from '../support/git-repository.js';
import { aPackage, printing } from './planted-dockerfiles.js';
import { hasEnded, startKiln, type TestKiln, WITH_SBOMS } from './kiln.js';

/*
 * Planted values: none of them may be found after builds that use and print them. One more value, which is no secret, goes the
 * same ways on purpose: where it is not found the search itself is blind.
 */
const token = Canary.make('build-secret');
const keyFile = Canary.make('key-file', 6);
const gitToken = Canary.make('git-token');
const registryPassword = Canary.make('registry-password');
const secrets = [token, keyFile, gitToken, registryPassword];
const PLAIN = 'plain-canary-of-the-search';
const plain = new Canary('plain', PLAIN);
const search = new CanarySearch([...secrets, plain]);
/** A secret that somebody gives as a build argument all the same: the image has it, what Kiln makes of the image has not. */
const labelled = Canary.make('labelled');
/** One that nobody has stored: only the name of its argument tells. */
const named = Canary.make('named');
/** One that a package and its folder are called by. */
const packaged = new Canary('packaged', `pkg-${randomBytes(12).toString('base64url').toLowerCase()}-9`);
/** One that stands in a Dockerfile, as the default of an argument whose name has no sign, and one in an address. */
const defaulted = Canary.make('defaulted');
const addressed = new Canary('addressed', `addressed-${randomBytes(12).toString('base64url')}-9`);
/** One that stands in the environment of a base image: whoever builds from it has never written it. */
const inherited = new Canary('inherited', `inherited-${randomBytes(12).toString('base64url')}-9`);
const labelledSearch = new CanarySearch([
  ...[labelled, named, packaged, defaulted, addressed, inherited],
  plain,
]);

/** What was found of the planted values that are secrets. */
const leaksOf = (hits: readonly string[]): string[] => hits.filter((hit) => !hit.startsWith('plain '));

let kiln: TestKiln;
let folder: string;
let git: GitHttpServer;
let watch: ProcessWatch;
const builds: Build[] = [];
let labelledBuild: Build;
/** Stands on the image of that, in a project which has none of its secrets. */
let derivedBuild: Build;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'kiln-canaries-'));
  kiln = await startKiln({
    ...WITH_SBOMS,
    KILN_ALLOWED_NETWORKS: '127.0.0.0/8',
    KILN_INSECURE_GIT_HOSTS: '127.0.0.1',
  });
  git = await new GitHttpServer(folder).start();
  git.credentials = `x-access-token:${gitToken.value}`;
  watch = new ProcessWatch(search);

  const put = (where: string, body: object): Promise<unknown> => kiln.json('PUT', where, body);
  await kiln.json('POST', '/v1/projects', { slug: PLAIN });
  await put(`/v1/secrets/token?project=${PLAIN}`, { value: token.value });
  await put('/v1/secrets/key', { value_base64: Buffer.from(keyFile.value).toString('base64') });
  await put(`/v1/credentials/git_token/${git.host}`, { value: gitToken.value });
  await put('/v1/credentials/registry/registry.example.com', {
    username: 'pusher',
    value: registryPassword.value,
  });

  const options = {
    build_args: { NOTE: PLAIN },
    secrets: [
      { id: 'token', name: 'token' },
      { id: 'key', name: 'key' },
    ],
  };
  new Repository(path.join(folder, 'app.git')).commit({
    Dockerfile: printing(kiln.baseImage, 'echo from git'),
  });
  const requests = [
    {
      source: { kind: 'inline' },
      options: { ...options, dockerfile_inline: printing(kiln.baseImage, 'true') },
    },
    {
      source: { kind: 'inline' },
      options: { ...options, dockerfile_inline: printing(kiln.baseImage, 'exit 7') },
    },
    { source: { kind: 'git', url: `${git.url}/app.git/.git`, ref: 'main' }, options },
  ];
  const finish = async (project: string, request: object): Promise<Build> => {
    const { id } = await kiln.json<Build>('POST', `/v1/projects/${project}/builds`, request);
    return kiln.until(id, (build) => hasEnded(build) && build.log_complete, 120_000);
  };
  builds.push(...(await Promise.all(requests.map((request) => finish(PLAIN, request)))));
  watch.stop();
  await put(`/v1/secrets/labelled?project=${PLAIN}`, { value: labelled.value });
  labelledBuild = await finish(PLAIN, {
    source: { kind: 'inline' },
    options: {
      secrets: [{ id: 'labelled', name: 'labelled' }],
      build_args: { GIVEN: labelled.value, NPM_TOKEN: named.value, DB_PASSWORD: packaged.value },
      dockerfile_inline: [
        ...[`FROM ${kiln.baseImage}`, 'ARG GIVEN', 'ARG NPM_TOKEN', `LABEL x="$GIVEN" note=${PLAIN}`],
        ...['ENV X="$GIVEN" Y="$NPM_TOKEN"', 'RUN echo "the token is $NPM_TOKEN"', 'WORKDIR /$NPM_TOKEN'],
        'ARG DB_PASSWORD',
        ...[
          `ARG NPMTOKEN="${defaulted.value}"`,
          `ENV DATABASE_URL=postgres://kiln:${addressed.value}@db/${PLAIN} APITOKEN=${inherited.value}`,
        ],
        'RUN echo "the default is $NPMTOKEN, the address $DATABASE_URL"',
        ...aPackage('/app/licensed/node_modules/y', 'licensed', 'https://example.com', '$NPM_TOKEN'),
        ...aPackage('/app/defaulted/node_modules/z', 'defaulted', '$DATABASE_URL', '$NPMTOKEN'),
        ...aPackage('"/app/$NPM_TOKEN/node_modules/lodash"', 'lodash', '$(cat /run/secrets/labelled)'),
        ...aPackage('/app/$DB_PASSWORD/node_modules/x', '$DB_PASSWORD', `https://${PLAIN}.example.com`),
      ].join('\n'),
    },
  });
  await kiln.json('POST', '/v1/projects', { slug: 'derived' });
  derivedBuild = await finish('derived', {
    source: { kind: 'inline' },
    options: {
      // BuildKit writes what it has put in for $APITOKEN into the names of steps.
      dockerfile_inline: [
        ...[`FROM ${labelledBuild.result.output_image_url} AS tools`, 'WORKDIR /tools/$APITOKEN'],
        'RUN echo "of the tools $APITOKEN" && touch mark',
        `FROM ${labelledBuild.result.output_image_url}`,
        ...[`ENV NOTE=${PLAIN}`, 'LABEL copied=$APITOKEN'],
        'COPY --from=tools /tools/$APITOKEN/mark /copied/$APITOKEN/mark',
        'RUN echo "the base says $APITOKEN, $Y, $DATABASE_URL" > /more; cat /more',
      ].join('\n'),
    },
  });
  await kiln.query('CHECKPOINT');
}, 400_000);
afterAll(async () => {
  watch?.stop();
  await git?.stop();
  await kiln?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test('the builds ran and used what was planted', () => {
  expect(builds.map(({ status, result }) => [status, result.failure_code])).toEqual([
    ['success', null],
    ['failed', 'build_step_failed'],
    ['success', null],
  ]);
  const asked = `Basic ${Buffer.from(git.credentials!).toString('base64')}`;
  expect(git.seen.some(({ authorization }) => authorization === asked)).toBe(true);
});

test('the log shows that something was hidden, and none of it', async () => {
  for (const { id } of builds) {
    const log = Buffer.from(await kiln.log(id));
    expect(log.toString().split('***').length).toBeGreaterThan(10);
    expect(search.findIn('the log', log)).toEqual(['plain in the log']);
  }
});

test('no answer of the API holds a planted value', async () => {
  const paths = builds.flatMap(({ id }) =>
    ['', '/steps', '/layers', '/attempts', '/history', '/metrics'].map((rest) => `/v1/builds/${id}${rest}`),
  );
  for (const asked of [...paths, '/v1/secrets', '/v1/credentials', '/metrics']) {
    const text = await (await kiln.call('GET', asked)).text();
    expect(leaksOf(search.findIn(asked, Buffer.from(text)))).toEqual([]);
  }
  const failed = builds[1]!.result;
  expect(JSON.stringify(failed.failure_last_lines)).toContain('***');
});

test('no row of the database holds a planted value', async () => {
  const tables = await kiln.query<{ name: string }>(
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
  );
  const hits: string[] = [];
  for (const { name } of tables) {
    const rows = await kiln.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
    const text = rows.map(({ row }) => row).join('\n');
    // bytea is shown as hex: what it says is searched as well.
    const bytes = [...text.matchAll(/\\\\x([0-9a-f]+)/g)].map(([, digits]) => Buffer.from(digits!, 'hex'));
    hits.push(...search.findIn(name, Buffer.concat([Buffer.from(text), ...bytes])));
  }
  expect(leaksOf(hits)).toEqual([]);
  expect(hits).toContain('plain in public.build_configs');
}, 180_000);

test('no file of the installation holds a planted value: WAL, histories, logs, journals, layers, image configs, caches', async () => {
  // PostgreSQL's data may lie elsewhere: its user has to get there.
  const [{ data_directory: data } = { data_directory: '' }] = await kiln.query<{ data_directory: string }>(
    'SHOW data_directory',
  );
  const hits = [
    ...(await searchFolder(kiln.stateFolder, search)),
    ...(await searchFolder(data, search)).map((hit) => hit.replace(' in ', ' in postgres/')),
  ];
  expect(leaksOf(hits)).toEqual([]);
  for (const place of ['postgres/', 'temporal/', 'registry/', 'buildkit/', 'logs/']) {
    expect([place, hits.some((hit) => hit.startsWith(`plain in ${place}`))]).toEqual([place, true]);
  }
  expect(hits.some((hit) => hit.includes('pg_wal/'))).toBe(true);
}, 300_000);

test('no process was started with a planted value in its arguments or environment', () => {
  expect(watch.looks).toBeGreaterThan(50);
  expect(leaksOf([...watch.hits])).toEqual([]);
  expect([...watch.hits]).toContain('plain in cmdline');
});

test.each([
  ['is in none of its documents', () => labelledBuild],
  ['is in none of those of an image that stands on it', () => derivedBuild],
])(
  'a secret in a label, in the environment and in a package of an image %s',
  async (_, which) => {
    const build = `/v1/builds/${which().id}`;
    const asked = async (path: string): Promise<Response> => {
      for (;;) {
        const answer = await kiln.call('GET', path);
        if (answer.ok) return answer;
        await sleep(500);
      }
    };
    const image = (await kiln.json<Build>('GET', build)).result.output_image_digest!;
    const sbom = (format: string): string => `/v1/images/${image}/sbom?format=${format}`;
    await asked(sbom('cyclonedx'));
    await asked(sbom('spdx'));
    for (;;) {
      const { state } = await kiln.json<BuildProvenance>('GET', `${build}/provenance`);
      if (state !== 'pending') break;
      await sleep(500);
    }
    const { items } = await kiln.json<{ items: BuildArtifact[] }>('GET', `${build}/artifacts`);
    const kept = items.filter((one) => one.artifact_type !== 'docker_image');
    expect(kept.map((one) => one.artifact_type)).toEqual(expect.arrayContaining(['sbom', 'build_log']));
    const paths = [
      ...kept.map((one) => `${build}/artifacts/${one.artifact_name}?type=${one.artifact_type}`),
      ...[
        build,
        `${build}/artifacts`,
        `${build}/provenance`,
        `${build}/steps`,
        `${build}/warnings`,
        `${build}/layers`,
      ],
      ...[sbom('cyclonedx'), sbom('spdx'), `/v1/images/${image}`, `/v1/images/${image}/layers`],
      '/v1/packages?package=lodash',
    ];
    const hits: string[] = [];
    for (const path of paths) {
      const text = await (await asked(path)).text();
      // What is signed is written in base64.
      const payload = /"payload":\s*"([^"]+)"/.exec(text)?.[1] ?? '';
      const bytes = Buffer.concat([Buffer.from(text), Buffer.from(payload, 'base64')]);
      hits.push(...labelledSearch.findIn(path, bytes));
    }
    const attestations = await kiln.query<{ text: string }>('SELECT a::text AS text FROM attestations AS a');
    const text = attestations.map((row) => row.text).join('\n');
    hits.push(...labelledSearch.findIn('attestations', Buffer.from(text)));
    const packages = await kiln.query<{ text: string }>('SELECT p::text AS text FROM image_packages AS p');
    hits.push(...labelledSearch.findIn('packages', Buffer.from(packages.map((row) => row.text).join('\n'))));
    expect(leaksOf(hits)).toEqual([]);
    if (which() === labelledBuild) expect(hits).toContain(`plain in ${build}/provenance`);
    expect(hits).toContain(`plain in /v1/images/${image}`);
    const outcomes = await kiln.query<{ text: string }>('SELECT a.outcome::text AS text FROM attempts AS a');
    const told = outcomes.map((row) => row.text).join('\n');
    expect(leaksOf(labelledSearch.findIn('outcomes', Buffer.from(told)))).toEqual([]);
    for (const format of ['cyclonedx', 'spdx']) expect(hits).toContain(`plain in ${sbom(format)}`);
    const { components } = (await (await asked(sbom('cyclonedx'))).json()) as {
      components: { name: string }[];
    };
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['lodash', '***']));
    const log = await kiln.log(which().id);
    if (which() !== labelledBuild) {
      expect(log).toContain(`the base says ***, ***, postgres://kiln:***@db/${PLAIN}`);
      expect(log).toContain('of the tools ***');
      return;
    }
    expect(log).toContain('the token is ***');
    expect(log).toContain(`the default is ***, the address postgres://kiln:***@db/${PLAIN}`);
    const warnings = await (await asked(`${build}/warnings`)).text();
    expect(warnings).toContain('The build argument NPM_TOKEN looks like a secret');
  },
  180_000,
);
