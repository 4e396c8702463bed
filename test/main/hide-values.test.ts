import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hideInDocument } from '../../src/adapters/inspection/hide-in-document.js';
import { readCycloneDx } from '../../src/adapters/inspection/read-cyclonedx.js';
import { hideValues } from '../../src/main/hide-values.js';

interface CycloneDx {
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly name: string;
    readonly cpe?: string;
    readonly properties: readonly { readonly value: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string }[];
}

interface Spdx {
  readonly SPDXID: string;
  readonly packages: readonly { readonly SPDXID: string; readonly sourceInfo: string }[];
  readonly files: readonly { readonly SPDXID: string; readonly comment: string }[];
  readonly relationships: readonly object[];
}

/** As syft has told it of a package, with a path and a name of its own. */
function documents({ folder = 'app', name = 'lodash', version = '4.17.15' } = {}) {
  const purl = `pkg:npm/${name.toLowerCase()}@${version}`;
  const path = `/${folder}/node_modules/${name}/package.json`;
  const cpe = (product: string) => `cpe:2.3:a:${product.replaceAll('-', '\\-')}:*:${version}:*:*:*:*:*:*:*`;
  const layer = 'sha256:8152381523b12cac9442e1cf06207f158ae70d49956e125163fe169a333c56cc';
  const cyclonedx = {
    bomFormat: 'CycloneDX',
    components: [
      {
        'bom-ref': `${purl}?package-id=ca4e8923424969c5`,
        name,
        version,
        cpe: cpe(name),
        purl,
        properties: [
          { name: 'syft:package:type', value: 'npm' },
          { name: 'syft:cpe23', value: cpe(name.slice(0, 5)) },
          { name: 'syft:location:0:layerID', value: layer },
          { name: 'syft:location:0:path', value: path },
          { name: 'syft:metadata:installedSize', value: '81523' },
        ],
      },
    ],
    dependencies: [{ ref: `${purl}?package-id=ca4e8923424969c5` }],
  };
  const file = `SPDXRef-File-...${path.replaceAll('/', '-').slice(-30)}-ee4b27c2cfbf3e18`;
  const spdx = {
    SPDXID: 'SPDXRef-DOCUMENT',
    packages: [
      {
        SPDXID: `SPDXRef-Package-npm-${name}-ca4e8923424969c5`,
        ...{ name, versionInfo: version, sourceInfo: `acquired from ${path}` },
        externalRefs: [
          { referenceType: 'cpe23Type', referenceLocator: cpe(name) },
          { referenceType: 'purl', referenceLocator: purl },
        ],
      },
    ],
    files: [{ fileName: path.slice(1), SPDXID: file, comment: `layerID: ${layer}` }],
    relationships: [
      { spdxElementId: `SPDXRef-Package-npm-${name}-ca4e8923424969c5`, relatedSpdxElement: file },
    ],
  };
  return { cyclonedx: JSON.stringify(cyclonedx), spdx: JSON.stringify(spdx) };
}

/** Both documents, hidden and read again. */
function hidden(given: { cyclonedx: string; spdx: string }, values: readonly string[]) {
  const hide = hideValues(values, readCycloneDx(given.cyclonedx).packages);
  const of = (text: string): unknown => JSON.parse(hideInDocument(Buffer.from(text), hide).toString());
  return { cyclonedx: of(given.cyclonedx) as CycloneDx, spdx: of(given.spdx) as Spdx };
}

test('a value in the path of a package is in neither document, and the package is told as it is', () => {
  const { cyclonedx, spdx } = hidden(documents({ folder: 'srv/tok-CANARYA-98765' }), ['tok-CANARYA-98765']);
  expect(JSON.stringify([cyclonedx, spdx])).not.toMatch(/canary|98765/i);
  const component = cyclonedx.components[0]!;
  expect(component).toMatchObject({ name: 'lodash', purl: 'pkg:npm/lodash@4.17.15' });
  expect(component.cpe).toContain('lodash');
  expect(component.properties[3]!.value).toBe('/srv/***/node_modules/lodash/package.json');
  expect(spdx.packages[0]!.sourceInfo).toBe('acquired from /srv/***/node_modules/lodash/package.json');
});

test('a value in the name of a package is in no name, address or guess of it, and what refers to it still does', () => {
  const { cyclonedx, spdx } = hidden(documents({ name: 'db-Pass_98765' }), ['db-Pass_98765']);
  expect(JSON.stringify([cyclonedx, spdx])).not.toMatch(/pass|98765|cpe:/i);
  const component = cyclonedx.components[0]!;
  expect(component).toMatchObject({ name: '***', purl: 'pkg:npm/***@4.17.15', version: '4.17.15' });
  expect(cyclonedx.dependencies[0]!.ref).toBe(component['bom-ref']);
  const ofPackage = spdx.packages[0]!;
  const file = spdx.files[0]!;
  expect(spdx.relationships).toEqual([{ spdxElementId: ofPackage.SPDXID, relatedSpdxElement: file.SPDXID }]);
  for (const { SPDXID } of [ofPackage, file]) expect(SPDXID).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
  expect(spdx.SPDXID).toBe('SPDXRef-DOCUMENT');
});

test('encoded forms are hidden, as in logs', () => {
  for (const form of ['base64', 'hex'] as const) {
    const folder = Buffer.from('tok-CANARYA-98765').toString(form).replaceAll('=', '');
    const { cyclonedx } = hidden(documents({ folder }), ['tok-CANARYA-98765']);
    expect(cyclonedx.components[0]!.properties[3]!.value).toContain('/***/');
  }
});

test('a secret that is a word or number of a package does not make the document false about it', () => {
  const recorded = readFileSync(
    new URL('../adapters/inspection/fixtures/syft-1.18.1.cyclonedx.json', import.meta.url),
  );
  const values = ['lodash', 'openssl', '4.17.15', '81523', 'zlib1', 'busybox', 'short', 'abc'];
  const hide = hideValues(values, readCycloneDx(recorded.toString()).packages);
  expect(hideInDocument(recorded, hide)).toBe(recorded);
  const { cyclonedx } = documents();
  expect(hidden({ cyclonedx, spdx: '{}' }, values).cyclonedx).toEqual(JSON.parse(cyclonedx));
});

test('a word that no package is called by is hidden where it stands', () => {
  const { cyclonedx } = hidden(documents({ folder: 'swordfish' }), ['swordfish']);
  expect(cyclonedx.components[0]!.properties[3]!.value).toBe('/***/node_modules/lodash/package.json');
});

test('a number is hidden in a path, and not in a digest that has the same digits', () => {
  const { cyclonedx, spdx } = hidden(documents({ folder: 'stage81523' }), ['81523']);
  expect(cyclonedx.components[0]!.properties[3]!.value).toBe('/stage***/node_modules/lodash/package.json');
  expect(cyclonedx.components[0]!.properties[2]!.value).toContain('8152381523');
  expect(spdx.files[0]!.comment).toContain('8152381523');
});

/** As syft has told it of a package whose licence is no one of the list, and of one whose expression names such a licence. */
function licensed(license: string, expression: string) {
  const ref = `LicenseRef-${license.replaceAll(/[^a-zA-Z0-9.-]/g, '-')}`;
  const name = { name: 'left-pad', versionInfo: '1.3.0' };
  const licenses = [{ license: { name: license } }, { license: { id: 'MIT' } }, { expression }];
  return {
    cyclonedx: JSON.stringify({
      bomFormat: 'CycloneDX',
      components: [{ 'bom-ref': 'a', name: 'left-pad', version: '1.3.0', properties: [], licenses }],
    }),
    spdx: JSON.stringify({
      packages: [
        {
          ...name,
          SPDXID: 'SPDXRef-Package-npm-left-pad-ca4e8923424969c5',
          licenseConcluded: 'NOASSERTION',
          licenseDeclared: ref,
        },
        {
          ...name,
          SPDXID: 'SPDXRef-Package-npm-left-pad-ca4e8923424969c6',
          licenseConcluded: expression,
          licenseDeclared: `(${expression}) AND ${ref}`,
        },
        {
          ...name,
          SPDXID: 'SPDXRef-Package-npm-left-pad-ca4e8923424969c7',
          licenseDeclared: 'LicenseRef-Public-Domain',
        },
      ],
      hasExtractedLicensingInfos: [
        { licenseId: ref, name: license, extractedText: 'UNKNOWN' },
        { licenseId: 'LicenseRef-Public-Domain', name: 'Public Domain', extractedText: 'UNKNOWN' },
      ],
    }),
  };
}

test.each([
  'ghp_CaNaRy_98765',
  'Ca+na/ry=98765',
  'gh CaNaRy: 98765!',
  'CaNaRy-0123456789abcdef',
  'çanaRy_98765',
])('the value %s is in no name of a licence, and what refers to one still does', (value) => {
  const sanitized = value.replaceAll(/[^a-zA-Z0-9.-]/g, '-');
  const expression = `MIT OR LicenseRef-${sanitized}-2`;
  const { cyclonedx, spdx } = hidden(licensed(`Licence ${value}`, expression), [value]);
  expect(JSON.stringify([cyclonedx, spdx])).not.toMatch(/(?:ca|a)-?na-?ry|98765|abcdef/i);
  const [declared, both, clean] = spdx.packages as unknown as {
    licenseDeclared: string;
    licenseConcluded: string;
  }[];
  const [info, other] = (
    spdx as unknown as { hasExtractedLicensingInfos: { licenseId: string; name: string }[] }
  ).hasExtractedLicensingInfos;
  expect(info).toMatchObject({ licenseId: declared!.licenseDeclared, name: 'Licence ***' });
  expect(info!.licenseId).toMatch(/^LicenseRef-[A-Za-z0-9.-]+$/);
  expect(both!.licenseConcluded).toMatch(/^MIT OR LicenseRef-[A-Za-z0-9.-]+$/);
  expect(both!.licenseDeclared).toBe(`(${both!.licenseConcluded}) AND ${info!.licenseId}`);
  expect(both!.licenseConcluded).not.toContain(info!.licenseId);
  expect([clean!.licenseDeclared, other!.licenseId]).toEqual(Array(2).fill('LicenseRef-Public-Domain'));
});

test('a value that is little but signs hides itself and no other signs', () => {
  const { cyclonedx } = hidden(documents({ folder: 'a--b....c/$$$$$$' }), ['$$$$$$', '......', '-_-_-_-']);
  expect(cyclonedx.components[0]!.properties[3]!.value).toBe(
    '/a--b....c/***/node_modules/lodash/package.json',
  );
});
