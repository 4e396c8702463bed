import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GRYPE } from '../../../src/adapters/inspection/grype.js';
import { leaveOut, leaveOutLabels } from '../../../src/adapters/inspection/leave-out-author-texts.js';
import { leaveOutRemoved } from '../../../src/adapters/inspection/leave-out-removed.js';
import { readCycloneDx } from '../../../src/adapters/inspection/read-cyclonedx.js';
import { readGrype } from '../../../src/adapters/inspection/read-grype.js';
import { readTrivy } from '../../../src/adapters/inspection/read-trivy.js';
import { tellTrivySources } from '../../../src/adapters/inspection/tell-trivy-sources.js';
import { TRIVY } from '../../../src/adapters/inspection/trivy.js';

const recorded = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

test('the packages of a bill of materials are read with kind and source; the operating system is none', () => {
  const { packages, leftOut } = readCycloneDx(recorded('syft-1.18.1.cyclonedx.json').toString());
  expect(leftOut).toBe(0);
  expect(packages.map(({ name, version, type, sourceName }) => [name, version, type, sourceName])).toEqual([
    ['busybox', '1:1.35.0-4+b3', 'deb', null],
    ['libc6', '2.36-9', 'deb', 'glibc'],
    ['libssl3', '3.0.9-1', 'deb', 'openssl'],
    ['lodash', '4.17.15', 'npm', null],
    ['minimist', '1.2.0', 'npm', null],
    ['openssl', '3.0.9-1', 'deb', null],
    ['zlib1g', '1:1.2.13.dfsg-1', 'deb', 'zlib'],
  ]);
  expect(packages[2]?.purl).toBe(
    'pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12&upstream=openssl',
  );
});

test('a package with a name that nobody could store is counted as left out', () => {
  const properties = [{ name: 'syft:package:type', value: 'npm' }];
  const document = {
    bomFormat: 'CycloneDX',
    components: [{ name: 'x'.repeat(301), version: '1', properties }],
  };
  expect(readCycloneDx(JSON.stringify(document))).toEqual({ packages: [], leftOut: 1 });
  expect(() => readCycloneDx('{"bomFormat":"SPDX"}')).toThrow();
});

test('packages that dpkg has removed are taken out of both documents, and nothing else is', () => {
  const documents = {
    cyclonedx: recorded('syft-1.18.1-removed.cyclonedx.json'),
    spdx: recorded('syft-1.18.1-removed.spdx.json'),
  };
  const installed = [{ name: 'libc6', version: '2.36-9+deb12u4' }];
  const left = leaveOutRemoved(documents, installed);
  const names = (json: Buffer, of: 'components' | 'packages'): string[] =>
    (JSON.parse(json.toString()) as Record<string, { name: string }[]>)[of]!.map(({ name }) => name);
  const gone = (all: string[]): string[] => all.filter((name) => name !== 'gone' && name !== 'half');
  expect(names(documents.cyclonedx, 'components')).toContain('gone');
  expect(names(left.cyclonedx, 'components')).toEqual(gone(names(documents.cyclonedx, 'components')));
  expect(names(left.spdx, 'packages')).toEqual(gone(names(documents.spdx, 'packages')));
  expect(left.spdx.toString()).not.toMatch(/deb-gone|deb-half/);
  expect(left.cyclonedx.toString()).not.toMatch(/deb\/debian\/(?:gone|half)/);
  // Of a folder with a root of its own Kiln does not know what is installed.
  const nested = (json: Buffer): Buffer =>
    Buffer.from(json.toString().replaceAll('/var/lib/dpkg/status', '/srv/root/var/lib/dpkg/status'));
  const elsewhere = { cyclonedx: nested(documents.cyclonedx), spdx: nested(documents.spdx) };
  expect(leaveOutRemoved(elsewhere, installed)).toBe(elsewhere);
  const whole = [...installed, { name: 'gone', version: '1.0' }, { name: 'half', version: '2.0' }];
  expect(leaveOutRemoved(documents, whole)).toBe(documents);
});

test('labels of the image are in no bill of materials, and nothing else is taken out', () => {
  const plain = recorded('syft-1.18.1.cyclonedx.json');
  expect(leaveOutLabels(plain)).toBe(plain);
  const bom = JSON.parse(plain.toString()) as { metadata: { component: object } };
  const labels = [{ name: 'syft:image:labels:x', value: 'a-secret' }];
  const kept = [{ name: 'other', value: 'kept' }];
  const withProperties = (properties: object[]): Buffer =>
    Buffer.from(
      JSON.stringify({
        ...bom,
        metadata: { ...bom.metadata, properties, component: { ...bom.metadata.component, properties } },
      }),
    );
  const left = leaveOutLabels(withProperties([...labels, ...kept]));
  expect(JSON.parse(left.toString())).toEqual(JSON.parse(withProperties(kept).toString()));
});

test.each([
  [
    GRYPE,
    { source: { target: { labels: { x: 'a-secret' }, config: 'a-secret', manifest: 'a-secret', tags: [] } } },
    { source: { target: { tags: [] } } },
  ],
  [TRIVY, { Metadata: { OS: {}, ImageConfig: { config: { Env: ['a-secret'] } } } }, { Metadata: { OS: {} } }],
] as const)('labels, config and manifest of the image are in no report of a scanner', (kind, told, kept) => {
  const left = leaveOut(Buffer.from(JSON.stringify(told)), kind.authorTexts);
  expect(JSON.parse(left.toString())).toEqual(kept);
  expect(leaveOut(Buffer.from('{"matches":[]}'), kind.authorTexts).toString()).toBe('{"matches":[]}');
});

test('what grype has found is read with severity, fixed version and link', () => {
  const findings = readGrype(recorded('grype-0.121.3.json').toString());
  expect(
    findings.map((one) => [one.severity, one.vulnerabilityId, one.packageName, one.fixedVersion]),
  ).toEqual([
    ['critical', 'GHSA-xvch-5gv4-984h', 'minimist', '1.2.6'],
    ['high', 'CVE-2023-5363', 'libssl3', '3.0.11-1~deb12u2'],
    ['high', 'GHSA-35jh-r3h4-6jhm', 'lodash', '4.17.21'],
    ['high', 'GHSA-p6mc-m468-83gw', 'lodash', '4.17.19'],
    ['high', 'CVE-2023-5363', 'openssl', '3.0.11-1~deb12u2'],
    ['medium', 'GHSA-29mw-wpgm-hmr9', 'lodash', '4.17.21'],
    ['negligible', 'CVE-2010-4756', 'libc6', null],
  ]);
  expect(findings[1]).toEqual({
    vulnerabilityId: 'CVE-2023-5363',
    severity: 'high',
    ...{ packageName: 'libssl3', packageVersion: '3.0.9-1', packageType: 'deb' },
    fixedVersion: '3.0.11-1~deb12u2',
    link: 'https://security-tracker.debian.org/tracker/CVE-2023-5363',
  });
  expect(() => readGrype('{"matches":null}')).toThrow();
});

test('grype says its version and how old its database is, and when there is none', () => {
  expect(GRYPE.readVersion(recorded('grype-version.json').toString())).toBe('0.121.3');
  const { built } = JSON.parse(recorded('grype-database.json').toString()) as { built: string };
  expect(GRYPE.readDatabase(recorded('grype-database.json').toString())).toEqual({
    version: 'v6.1.10',
    builtAt: new Date(built).toISOString(),
  });
  expect(GRYPE.readDatabase('{"valid":false,"error":"database does not exist"}')).toEqual({
    failureReason: 'database does not exist',
  });
});

test('what trivy has found is read in the same words, also of packages that were built from others', () => {
  const findings = readTrivy(recorded('trivy-0.74.0.json').toString());
  expect(
    findings.map((one) => [
      one.severity,
      one.vulnerabilityId,
      one.packageName,
      one.packageType,
      one.fixedVersion,
    ]),
  ).toEqual([
    ['low', 'CVE-2010-4756', 'libc6', 'deb', null],
    ['high', 'CVE-2023-5363', 'libssl3', 'deb', '3.0.11-1~deb12u2'],
    ['high', 'CVE-2023-5363', 'openssl', 'deb', '3.0.11-1~deb12u2'],
    ['critical', 'CVE-2023-45853', 'zlib1g', 'deb', null],
    ['high', 'CVE-2020-8203', 'lodash', 'npm', '4.17.19'],
    ['high', 'CVE-2021-23337', 'lodash', 'npm', '4.17.21'],
    ['medium', 'CVE-2020-28500', 'lodash', 'npm', '4.17.21'],
    ['critical', 'CVE-2021-44906', 'minimist', 'npm', '1.2.6'],
  ]);
  expect(findings[1]?.link).toBe('https://avd.aquasec.com/nvd/cve-2023-5363');
  expect(() => readTrivy('{"SchemaVersion":1}')).toThrow();
});

test('trivy says its version and how old its database is, and when there is none', () => {
  const version = recorded('trivy-version.json').toString();
  expect(TRIVY.readVersion(version)).toBe('0.74.0');
  expect(TRIVY.readDatabase(version)).toEqual({ version: 'v2', builtAt: '2026-11-29T17:00:00.000Z' });
  expect(TRIVY.readDatabase('{"Version":"0.74.0"}')).toEqual({ failureReason: 'there is none' });
  expect(() => TRIVY.readVersion(recorded('grype-version.json').toString())).toThrow();
});

test('trivy is told what packages were built from, and with which version; nothing else is changed', () => {
  const before = JSON.parse(recorded('syft-1.18.1.cyclonedx.json').toString()) as Bom;
  const after = JSON.parse(
    Buffer.from(tellTrivySources(recorded('syft-1.18.1.cyclonedx.json'))).toString(),
  ) as Bom;
  const told = (name: string) =>
    after.components
      .find((one) => one.name === name)!
      .properties!.filter((one) => one.name.startsWith('aquasecurity:trivy:'))
      .map((one) => one.value);
  expect([told('libssl3'), told('busybox'), told('lodash')]).toEqual([
    ['openssl', '3.0.9-1'],
    ['busybox', '1:1.35.0-4'],
    [],
  ]);
  for (const component of after.components)
    component.properties = component.properties?.filter((one) => !one.name.startsWith('aquasecurity:trivy:'));
  expect(after).toEqual(before);
});

interface Bom {
  readonly components: { name: string; properties?: { name: string; value: string }[] | undefined }[];
}
