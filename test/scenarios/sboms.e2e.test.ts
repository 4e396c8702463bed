import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentPath } from '../../src/adapters/blobs/folder-store.js';
import type { BuildArtifact } from '../../src/contracts/artifacts.js';
import type { Build } from '../../src/contracts/builds.js';
import { INSPECTION_SCHEDULE_ID } from '../../workflows/contract.js';
import { servedDigest } from '../support/served-digest.js';
import type { ImageDetail, ImageDifference } from '../../src/contracts/images.js';
import type { ImageScan, PackageMatch } from '../../src/contracts/inspections.js';
import { runKiln, startKiln, type TestKiln, WITH_SBOMS } from './kiln.js';

const RECORDED = fileURLToPath(new URL('../adapters/inspection/fixtures/', import.meta.url));
const HELLO = fileURLToPath(new URL('../../examples/hello', import.meta.url));

let kiln: TestKiln;
let folder: string;
let env: Record<string, string>;

/** Stands for grype: says what grype said, of a bill of materials that is there. */
function aScanner(): string {
  const file = join(folder, 'grype');
  writeFileSync(join(folder, 'database.json'), readFileSync(`${RECORDED}grype-database.json`));
  const recorded = (name: string) => `cat "${RECORDED}${name}"`;
  writeFileSync(
    file,
    `#!/bin/sh
[ "$GRYPE_DB_AUTO_UPDATE" = false ] || exit 9
case "$1" in
  version) ${recorded('grype-version.json')} ;;
  db) cat "${folder}/database.json" ;;
  sbom:*) grep -q CycloneDX "\${1#sbom:}" && ${recorded('grype-0.121.3.json')} ;;
esac
`,
  );
  chmodSync(file, 0o755);
  return file;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-sboms-'));
  kiln = await startKiln({ ...WITH_SBOMS, KILN_SCANNER: aScanner() }, undefined, ['--methods', 'buildx']);
  env = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
}, 600_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await kiln.stop();
}, 60_000);

const STATUS = (version: string): string =>
  [
    `Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: ${version}\nDescription: library`,
    'Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nSource: zlib\nVersion: 1:1.2.13.dfsg-1\nDescription: zlib',
    'Package: removed\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1.0\nDescription: gone',
    '',
  ].join('\n\n');
const INSTALLED =
  'C:Q1x9yS6nfLKbG+hGnEcpbQxO0L7hQ=\nP:musl\nV:1.2.5-r0\nA:x86_64\nS:1\nI:1\nT:the musl c library\nU:https://musl.libc.org/\nL:MIT\no:musl\n\n';

async function typed(...argv: string[]): Promise<string> {
  const told = await runKiln(argv, env);
  expect([told.code, told.stderr]).toEqual([0, '']);
  return told.stdout;
}

/** Builds an image with these files at their places. */
async function build(project: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  const context = mkdtempSync(join(folder, 'context-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(context, 'files', path, '..'), { recursive: true });
    writeFileSync(join(context, 'files', path), content);
  }
  writeFileSync(join(context, 'Dockerfile'), `FROM ${kiln.baseImage}\nCOPY files/ /\n`);
  const built = await runKiln(['build', context, '--project', project, '--progress', 'none'], env);
  expect([built.code, built.code === 0 ? '' : built.stdout + built.stderr]).toEqual([0, '']);
}

interface CycloneDx {
  readonly components?: readonly {
    readonly name: string;
    readonly version: string;
    readonly properties?: readonly { readonly name: string; readonly value: string }[];
  }[];
}

/** Packages of dpkg and apk in the bill of materials, and in the databases that the layers of the image hold. */
async function bothLists(build: string): Promise<[string[], string[]]> {
  const sbom = JSON.parse(await typed('sbom', build, '--wait')) as CycloneDx;
  const { image } = JSON.parse(await typed('layers', build, '--json')) as { image: ImageDetail };
  const rows = await kiln.query<{ name: string; version: string }>(
    `SELECT p ->> 0 AS name, p ->> 1 AS version FROM image_layers l JOIN layer_explorations e USING (tenant_id, layer_digest)
     CROSS JOIN jsonb_array_elements(e.package_databases) d CROSS JOIN jsonb_array_elements(d -> 'packages') p WHERE l.image_id = $1`,
    [image.id],
  );
  const named = (sbom.components ?? []).filter(({ properties = [] }) =>
    properties.some(({ name, value }) => name === 'syft:package:type' && /^(?:deb|apk)$/.test(value)),
  );
  const sorted = (all: readonly { name: string; version: string }[]): string[] =>
    all.map(({ name, version }) => `${name} ${version}`).sort();
  return [sorted(named), sorted(rows)];
}

test('the bill of materials of an image names what the package databases in its layers name, and no more', async () => {
  const hello = ['build', HELLO, '--project', 'hello', '--progress', 'none'];
  await Promise.all([
    build('debian', { 'var/lib/dpkg/status': STATUS('3.0.9-1') }),
    build('alpine', { 'lib/apk/db/installed': INSTALLED }),
    typed(...hello, '--build-arg', `BASE=${kiln.baseImage}`),
  ]);

  expect(await bothLists('debian#1')).toEqual([
    ['libssl3 3.0.9-1', 'zlib1g 1:1.2.13.dfsg-1'],
    ['libssl3 3.0.9-1', 'zlib1g 1:1.2.13.dfsg-1'],
  ]);
  expect(await bothLists('alpine#1')).toEqual([['musl 1.2.5-r0'], ['musl 1.2.5-r0']]);
  expect(await bothLists('hello#1')).toEqual([[], []]);
  const spdx = JSON.parse(await typed('sbom', 'debian#1', '--format', 'spdx')) as { spdxVersion: string };
  expect(spdx.spdxVersion).toBe('SPDX-2.3');
  expect(JSON.stringify(spdx)).not.toMatch(/"removed"/);
}, 300_000);

test('a bill of materials whose bytes are lost is made again by asking for it', async () => {
  const [content] = await kiln.query<{ tenant_id: string; sha256: string }>(
    `SELECT s.tenant_id, s.cyclonedx_sha256 AS sha256 FROM image_sboms s
     JOIN image_package_lists l USING (tenant_id, manifest_digest)
     JOIN image_packages p USING (tenant_id, manifest_digest) WHERE p.package_name = 'musl'`,
  );
  rmSync(contentPath(join(kiln.stateFolder, 'data'), content!.tenant_id, content!.sha256));
  const lost = await runKiln(['sbom', 'alpine#1'], env);
  expect([lost.code, lost.stderr]).toEqual([2, expect.stringContaining('it is made again')]);
  expect(await typed('sbom', 'alpine#1', '--wait')).toContain('"musl"');
}, 60_000);

test('packages of rpm are counted by the bill of materials, and until then nobody counts them', async () => {
  const database = readFileSync(`${RECORDED}rpmdb.sqlite`);
  const release = 'NAME="Rocky Linux"\nID=rocky\nVERSION_ID=9.3\n';
  await build('rocky', { 'var/lib/rpm/rpmdb.sqlite': database, 'etc/os-release': release });
  await typed('sbom', 'rocky#1', '--wait');
  await typed('layers', 'rocky#1', '--wait');

  const { image } = JSON.parse(await typed('layers', 'rocky#1', '--json')) as { image: ImageDetail };
  const counted = await kiln.query<{ name: string; type: string }>(
    'SELECT package_name AS name, package_type AS type FROM image_packages WHERE manifest_digest = $1 ORDER BY position',
    [image.manifest_digest],
  );
  const ofRpm = counted.filter(({ type }) => type === 'rpm').map(({ name }) => name);
  expect([ofRpm, image.packages_count]).toEqual([['bash', 'openssl-libs'], counted.length]);
  expect(image.exploration.note).toBe('Packages of rpm are named by its bill of materials only.');
  expect(await typed('packages', 'openssl-libs')).toMatch(/openssl-libs +1:3\.0\.7-27\.el9 +rpm .* rocky#1 /);
}, 60_000);

test('packages are found over all images by version, and are what two images differ in', async () => {
  const lodash = { 'app/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.15"}' };
  await build('debian', { 'var/lib/dpkg/status': STATUS('3.0.11-1~deb12u2'), ...lodash });
  await typed('sbom', 'debian#2', '--wait');

  const old = JSON.parse(await typed('packages', 'openssl@<3.0.11', '--json')) as { items: PackageMatch[] };
  expect(old.items.map((one) => [one.package_name, one.project, one.last_build_number])).toEqual([
    ['libssl3', 'debian', 1],
  ]);
  expect(await typed('packages', 'openssl')).toMatch(/libssl3 +3\.0\.11-1~deb12u2 +deb .* debian#2 /);
  const difference = JSON.parse(await typed('diff', 'debian#1', 'debian#2', '--json')) as ImageDifference;
  expect(difference.packages).toEqual([
    { name: 'libssl3', before: '3.0.9-1', after: '3.0.11-1~deb12u2' },
    { name: 'lodash (npm)', before: null, after: '4.17.15' },
  ]);
  const refused = await runKiln(['packages', 'openssl@<'], env);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('>=3.0,<3.0.7')]);
}, 120_000);

interface GrypeReport {
  readonly source: { readonly target: Readonly<Record<string, unknown>> };
}

test('what a scan finds is shown with the fixed versions, and is kept as it was reported', async () => {
  const shown = await typed('scan', 'debian#2', '--wait');
  expect(shown).toMatch(
    /^SEVERITY +VULNERABILITY +PACKAGE +VERSION +FIXED IN +TYPE\ncritical +GHSA-xvch-5gv4-984h/,
  );
  expect(shown).toMatch(/high +CVE-2023-5363 +libssl3 +3\.0\.9-1 +3\.0\.11-1~deb12u2 +deb\n/);
  expect(shown).toContain('1 critical, 4 high, 1 medium, 1 negligible\n');
  const scan = JSON.parse(await typed('scan', 'debian#2', '--json')) as ImageScan;
  expect(scan).toMatchObject({ tool: 'grype 0.121.3', failure_reason: null });

  const { items } = JSON.parse(await typed('artifacts', 'debian#2', '--json')) as { items: BuildArtifact[] };
  const made = items.filter(({ artifact_type: type }) => type === 'sbom' || type === 'security_scan');
  expect(made.map((one) => [one.artifact_name, one.artifact_type])).toEqual([
    ['sbom.cyclonedx.json', 'sbom'],
    ['sbom.spdx.json', 'sbom'],
    ['scan.json', 'security_scan'],
  ]);
  const report = join(folder, 'report.json');
  await typed('artifacts', 'debian#2', 'scan.json', '-o', report);
  const [kept, recorded] = [report, `${RECORDED}grype-0.121.3.json`].map(
    (file) => JSON.parse(readFileSync(file, 'utf8')) as GrypeReport,
  );
  // Labels, configuration and manifest of the image may hold what is nobody's business.
  const { labels: _labels, config: _config, manifest: _manifest, ...target } = recorded!.source.target;
  expect(kept).toEqual({ ...recorded, source: { ...recorded!.source, target } });
}, 60_000);

test('a gate that fails on a severity ends the build at the stage scan, and nothing is published', async () => {
  await kiln.call('POST', '/v1/projects', { slug: 'gated' });
  await typed('projects', 'set', 'gated', '--gate', 'inspection', '--gate-fail-on', 'high');
  const context = mkdtempSync(join(folder, 'gated-'));
  writeFileSync(join(context, 'status'), STATUS('3.0.9-1'));
  writeFileSync(join(context, 'Dockerfile'), `FROM ${kiln.baseImage}\nCOPY status /var/lib/dpkg/status\n`);
  const built = await runKiln(['build', context, '--project', 'gated', '--progress', 'none', '--json'], env);
  expect(built.code).not.toBe(0);
  const ended = JSON.parse(await typed('show', 'gated#1', '--json')) as { build: Build };
  expect(ended.build).toMatchObject({
    status: 'failed',
    gate: { status: 'refused' },
    result: { failure_code: 'vulnerabilities_found', failure_stage: 'scan' },
  });
  expect(ended.build.result.failure_reason).toContain(
    'GHSA-xvch-5gv4-984h in minimist 1.2.0 (fixed in 1.2.6)',
  );
  expect(await servedDigest(ended.build.destinations[0]!)).toBeNull();
}, 120_000);

test('images in use are scanned again when the scanner has another database', async () => {
  const before = JSON.parse(await typed('scan', 'debian#2', '--json')) as ImageScan;
  const database = JSON.parse(readFileSync(join(folder, 'database.json'), 'utf8')) as { built: string };
  writeFileSync(
    join(folder, 'database.json'),
    JSON.stringify({ ...database, built: '2026-11-30T05:00:00Z' }),
  );
  const services = join(kiln.stateFolder, 'services', 'temporal.json');
  const { ports } = JSON.parse(readFileSync(services, 'utf8')) as { ports: { grpc: number } };
  const connection = await Connection.connect({ address: `127.0.0.1:${ports.grpc}` });
  const { temporal_namespace: namespace } = await kiln.json<{ temporal_namespace: string }>(
    'GET',
    '/v1/installation',
  );
  const client = new Client({ connection, namespace });
  await client.schedule.getHandle(INSPECTION_SCHEDULE_ID).trigger();
  await connection.close();
  let after = before;
  while (after.database_built_at === before.database_built_at) {
    await sleep(300);
    after = JSON.parse(await typed('scan', 'debian#2', '--json')) as ImageScan;
  }
  expect(after.database_built_at).toBe('2026-11-30T05:00:00.000Z');
}, 60_000);
