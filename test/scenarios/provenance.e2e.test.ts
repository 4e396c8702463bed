import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build } from '../../src/contracts/builds.js';
import type { Verification } from '../../src/contracts/provenance-operations.js';
import { attachmentTag } from '../../src/domain/images/attachment-tags.js';
import { verifyDemo } from '../../src/main/demo-verify.js';
import { cosign } from '../support/cosign.js';
import { hasEnded, runKiln, startKiln, type TestKiln, WITH_SBOMS } from './kiln.js';

const PLANTED = 'planted-canary-815';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln({ ...WITH_SBOMS, KILN_ALLOWED_NETWORKS: '127.0.0.0/8' });
  await kiln.call('POST', '/v1/projects', { slug: 'app' });
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const typed = (...args: string[]) =>
  runKiln(args, { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token });
const registry = createImageRegistry();

async function publish(content: string): Promise<Build> {
  const { id } = await kiln.json<Build>('POST', '/v1/projects/app/builds', {
    source: { kind: 'inline' },
    options: {
      dockerfile_inline: `FROM ${kiln.baseImage}\nARG TOKEN DB_PASSWORD\nRUN echo ${content} > /content`,
      // A password that is like a name.
      build_args: { TOKEN: PLANTED, DB_PASSWORD: pathOf(kiln.baseImage) },
    },
  });
  const ended = await kiln.until(id, hasEnded, 120_000);
  expect(ended.status).toBe('success');
  return ended;
}

const pathOf = (image: string): string => /\/([^:@]+)/.exec(image)![1]!;
const digestOf = (build: Build): string => build.result.output_image_digest!;
const repository = (): string => `${kiln.access.registry}/app`;

async function verify(image: string): Promise<Verification> {
  const { stdout } = await typed('verify', image, '--json');
  return JSON.parse(stdout) as Verification;
}

async function idOf(number: number): Promise<string> {
  const { items } = await kiln.json<{ items: Build[] }>('GET', '/v1/builds?project=app&limit=50');
  return items.find(({ build_number: one }) => one === number)!.id;
}

/** Points a tag at what it has named before. */
async function putBack(tag: string, digest: string, mediaType: string): Promise<void> {
  const at = (reference: string): string => `http://${kiln.access.registry}/v2/app/manifests/${reference}`;
  const bytes = await (await fetch(at(digest), { headers: { accept: mediaType } })).arrayBuffer();
  const put = await fetch(at(tag), { method: 'PUT', headers: { 'content-type': mediaType }, body: bytes });
  expect(put.status).toBe(201);
}

const states = ({ checks }: Verification): string[] => checks.map(({ name, state }) => `${name} ${state}`);

test('an image is verified by kiln and by cosign, and tells no value of a build argument', async () => {
  const build = await publish('one');
  const reference = `${repository()}:${build.build_number}`;
  let told = await typed('verify', reference);
  // Something of it is still being made, for longer than the command waits.
  for (let more = 3; told.code === 2 && more > 0; more -= 1) told = await typed('verify', reference);
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toContain(`${reference} holds.`);
  const verification = await verify(`app#${build.build_number}`);
  expect(states(verification)).toEqual([
    'digest holds',
    'record holds',
    'signature holds',
    'subject holds',
    'build holds',
    'builder holds',
    'source absent',
    'materials holds',
    'base image holds',
    expect.stringMatching(/^sbom (?:absent|holds)$/),
    ...(verification.checks.some(({ name }) => name === 'sbom digest') ? ['sbom digest holds'] : []),
    'image signature holds',
  ]);

  const { stdout: publicKey } = await typed('keys', 'public');
  const attestation = ['verify-attestation', '--type', 'slsaprovenance1', reference];
  const verified = await cosign(publicKey, attestation);
  expect(verified).toMatchObject({ code: 0 });
  expect(await cosign(publicKey, ['verify', reference])).toMatchObject({ code: 0 });
  const { payload } = JSON.parse(
    verified.output.split('\n').find((line) => line.startsWith('{"payload'))!,
  ) as { payload: string };
  const statement = Buffer.from(payload, 'base64').toString('utf8');
  expect(statement).toContain('"withheld":{"build_args":["DB_PASSWORD","TOKEN"]');
  expect(statement).toContain('"buildctl":"0.29.0","buildkitd":"0.29.0"');
  expect(statement).not.toContain(PLANTED);
  expect(statement).toContain(`"uri":"docker://${kiln.baseImage}"`);
}, 240_000);

test('the demo verifies an image down to its packages, and cosign its bill of materials', async () => {
  const checks = await verifyDemo(`${repository()}:1`, kiln.access);
  expect(checks.filter(({ state }) => state === 'fails')).toEqual([]);
  expect(checks.slice(-4).map(({ by, name, state }) => `${by} ${name} ${state}`)).toEqual([
    'kiln packages holds',
    'cosign attestation holds',
    'cosign sbom holds',
    'cosign signature holds',
  ]);
}, 240_000);

test('of an image for several platforms the bill of materials of each is signed, as cosign finds too', async () => {
  await kiln.call('POST', '/v1/projects', { slug: 'platforms' });
  const { id } = await kiln.json<Build>('POST', '/v1/projects/platforms/builds', {
    source: { kind: 'inline' },
    options: {
      dockerfile_inline: 'FROM scratch\nARG TARGETARCH\nCOPY <<EOF /arch\n${TARGETARCH}\nEOF\n',
      platforms: ['linux/amd64', 'linux/arm64'],
    },
  });
  const { build_number: number } = await kiln.until(id, hasEnded, 120_000);
  const signed = async (): Promise<number> => {
    const [row] = await kiln.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM attestations WHERE build_id = $1 AND kind IN ('cyclonedx', 'spdx')`,
      [id],
    );
    return row!.count;
  };
  while ((await signed()) < 4) await sleep(300);
  const checks = states(await verify(`platforms#${number}`));
  expect(checks.filter((one) => one.includes('sbom'))).toEqual(['sbom holds', 'sbom digest holds']);
  const { stdout: publicKey } = await typed('keys', 'public');
  const attestation = ['--type', 'cyclonedx', `${kiln.access.registry}/platforms:${number}`];
  expect(await cosign(publicKey, ['verify-attestation', ...attestation])).toMatchObject({ code: 0 });
}, 240_000);

test('the key is for its owner alone', () => {
  const file = join(kiln.stateFolder, 'secrets', 'signing-key.pem');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
});

test('a tag that somebody moved, and attestations that somebody took away or put beside another image, are told', async () => {
  const one = await kiln.json<Build>('GET', `/v1/builds/${await idOf(1)}`);
  const two = await publish('two');
  await typed('sbom', `app#${two.build_number}`, '--wait');
  while (!states(await verify(`app#${two.build_number}`)).includes('sbom holds')) await sleep(300);
  const tag = String(two.build_number);
  await registry.tag(repository(), digestOf(one), tag);
  const moved = await typed('verify', `${repository()}:${tag}`);
  expect(moved.code).toBe(1);
  expect(moved.stdout).toContain('somebody else has moved the tag');
  await registry.tag(repository(), digestOf(two), tag);

  const tagsOf = (build: Build): string[] =>
    (['', '.att'] as const).map((suffix) => attachmentTag(digestOf(build), suffix));
  const tags = tagsOf(two);
  const taken = await Promise.all(tags.map((name) => registry.head(repository(), name)));
  for (const name of tags) await registry.untag(repository(), name);
  const bare = await typed('verify', `${repository()}:${tag}`);
  expect(bare.code).toBe(1);
  expect(bare.stdout).toContain('no provenance lies beside the image');

  const beside = async (build: Build) =>
    Promise.all(tagsOf(build).map((name) => registry.head(repository(), name)));
  for (const [index, found] of (await beside(one)).entries())
    await putBack(tags[index]!, found!.digest, found!.mediaType);
  const swapped = await typed('verify', `${repository()}:${tag}`);
  expect(swapped.code).toBe(1);
  expect(swapped.stdout).toContain('it speaks of another image');
  const { stdout: publicKey } = await typed('keys', 'public');
  for (const type of ['slsaprovenance1', 'cyclonedx']) {
    const attestation = ['verify-attestation', '--type', type, `${repository()}:${tag}`];
    expect((await cosign(publicKey, attestation)).code).not.toBe(0);
  }
  for (const [index, name] of tags.entries())
    await putBack(name, taken[index]!.digest, taken[index]!.mediaType);
}, 240_000);

test('a controller that is killed while it signs leaves one attestation for each build', async () => {
  const { id } = await kiln.json<Build>('POST', '/v1/projects/app/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: `FROM ${kiln.baseImage}\nRUN echo killed > /content` },
  });
  const build = await kiln.until(id, hasEnded, 120_000);
  kiln.kill('controller');
  const attached = async (): Promise<boolean> => {
    const rows = await kiln.query<{ state: string }>(
      'SELECT state FROM build_attestations WHERE build_id = $1',
      [id],
    );
    return rows[0]?.state === 'attached';
  };
  while (!(await attached())) await sleep(300);
  const index = await fetch(
    `http://${kiln.access.registry}/v2/app/manifests/${attachmentTag(digestOf(build), '')}`,
    { headers: { accept: 'application/vnd.oci.image.index.v1+json' } },
  );
  const { manifests } = (await index.json()) as { manifests: { annotations?: Record<string, string> }[] };
  const provenances = manifests.filter(
    ({ annotations }) => annotations?.['in-toto.io/predicate-type'] === 'https://slsa.dev/provenance/v1',
  );
  expect(provenances).toHaveLength(1);
}, 240_000);

test('a new key signs from then on, also an image that is built again unchanged, and what the old one has signed still holds', async () => {
  const { stdout: before } = await typed('keys', 'public');
  expect((await typed('keys', 'new-signing-key', '--state', kiln.stateFolder)).code).toBe(0);
  while ((await typed('keys', 'public')).stdout === before) await sleep(200);
  const after = await publish('after');
  for (const number of [2, after.build_number])
    expect((await verify(`app#${number}`)).checks.filter(({ state }) => state === 'fails')).toEqual([]);
  const { stdout } = await typed('keys', 'public', '--all');
  expect(stdout.match(/BEGIN PUBLIC KEY/g)).toHaveLength(2);
  const { stdout: newest } = await typed('keys', 'public');
  expect(await cosign(newest, ['verify', `${repository()}:${after.build_number}`])).toMatchObject({
    code: 0,
  });
  expect((await verify('app#1')).checks.at(-1)?.text).toContain('signed by an earlier key of this Kiln');
  const again = await publish('one');
  expect(digestOf(again)).toBe(
    (await kiln.json<Build>('GET', `/v1/builds/${await idOf(1)}`)).result.output_image_digest,
  );
  const reference = `${repository()}:${again.build_number}`;
  expect((await verify(reference)).holds).toBe(true);
  for (const asked of [
    ['verify'],
    ['verify-attestation', '--type', 'slsaprovenance1'],
    ['verify-attestation', '--type', 'cyclonedx'],
  ])
    expect(await cosign(newest, [...asked, reference])).toMatchObject({ code: 0 });
}, 240_000);

test('a rebuild takes the base image of the record, wherever its tag points now, and tells what differs', async () => {
  const at = kiln.baseImage.lastIndexOf(':');
  const [base, tag] = [kiln.baseImage.slice(0, at), kiln.baseImage.slice(at + 1)];
  const was = (await registry.head(base, tag))!.digest;
  const { result } = await kiln.json<Build>('GET', `/v1/builds/${await idOf(2)}`);
  await registry.copy(repository(), base, result.output_image_digest!);
  await registry.tag(base, result.output_image_digest!, tag);
  const rebuilt = await typed('rebuild', 'app#2', '--progress', 'none');
  await registry.tag(base, was, tag);
  expect(rebuilt).toMatchObject({ code: 0, stderr: '' });
  expect(rebuilt.stdout).toContain(`= ${kiln.baseImage}@${was.slice(0, 19)}  (pinned)`);
  expect(rebuilt.stdout).toContain('most likely their times differ');
  expect((await typed('rebuild', 'app#99')).code).toBe(2);
}, 240_000);

test('what lies beside an image goes with it, and is no tag of anybody', async () => {
  const last = await kiln.json<{ items: Build[] }>('GET', '/v1/builds?limit=1');
  const [newest] = last.items;
  await verify(`app#${newest!.build_number}`);
  expect((await typed('images', 'app')).stdout).not.toContain('sha256-');
  expect((await typed('projects', 'set', 'app', '--keep-newest', '1')).code).toBe(0);
  expect((await typed('images', 'prune', 'app', '--yes')).code).toBe(0);
  const left = (await registry.tags(repository())).filter((tag) => tag.startsWith('sha256-'));
  // The newest stays, and the one that the moving tag is on.
  const kept = [digestOf(newest!), (await registry.head(repository(), 'latest'))!.digest];
  expect(new Set(kept).size).toBe(2);
  expect(left.sort()).toEqual(
    kept
      .flatMap((digest) => (['', '.att', '.sig'] as const).map((suffix) => attachmentTag(digest, suffix)))
      .sort(),
  );
  expect((await typed('verify', '--state', kiln.stateFolder)).code).toBe(0);
}, 240_000);
