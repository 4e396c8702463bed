import { comparePackages } from '../../src/main/demo-packages.js';
import { demandSbom } from '../../src/main/demo-verify.js';
import { NO_SYFT } from '../../src/main/no-syft.js';

const absent = { name: 'sbom', state: 'absent', text: 'none lies beside the image' } as const;

describe('the demo that verifies', () => {
  it('fails for a bill of materials that is absent, and says why', () => {
    expect(demandSbom([absent], { failure_reason: 'syft ended with 1' })).toEqual([
      { name: 'sbom', state: 'fails', text: 'syft ended with 1' },
    ]);
    expect(demandSbom([absent], { failure_reason: null })).toEqual([{ ...absent, state: 'fails' }]);
  });

  it('fails for what is not ready by the end of its patience', () => {
    const checks = [{ name: 'signature', state: 'pending', text: 'x' }] as const;
    expect(demandSbom([...checks], { failure_reason: null })[0]?.state).toBe('fails');
  });

  it('fails where there is no syft, and says which checks it could not make', () => {
    const text = `not checked, nor packages, nor the sbom by cosign: ${NO_SYFT}`;
    expect(demandSbom([absent], { failure_reason: NO_SYFT })).toEqual([{ ...absent, state: 'fails', text }]);
  });
});

describe('the packages of an image', () => {
  const inside = [
    { name: 'busybox-static', version: '1.35.0', type: 'deb', sourceName: null, purl: null },
    { name: 'musl', version: '1.2.5-r0', type: 'apk', sourceName: null, purl: null },
  ];
  const billed = (...packages: { name: string; version: string; type: string }[]): string =>
    JSON.stringify({
      bomFormat: 'CycloneDX',
      components: packages.map(({ name, version, type }) => ({
        ...{ name, version },
        properties: [{ name: 'syft:package:type', value: type }],
      })),
    });

  it('are those of its bill of materials, whatever else that names', () => {
    const lodash = { name: 'lodash', version: '4.17.15', type: 'npm' };
    expect(comparePackages(billed(...inside, lodash), inside)).toMatchObject({
      state: 'holds',
      text: '2 in the bill of materials = 2 in the package databases of the image (apk musl 1.2.5-r0, deb busybox-static 1.35.0)',
    });
    expect(comparePackages(billed(lodash), [])).toMatchObject({
      state: 'holds',
      text: '0 in the bill of materials = 0 in the package databases of the image',
    });
  });

  it.each([
    ['lacks one', billed(inside[0]!)],
    ['has one more', billed(...inside, { name: 'zlib', version: '1', type: 'deb' })],
    ['has another version', billed(inside[0]!, { ...inside[1]!, version: '1.2.4-r0' })],
  ])('fail where the bill of materials %s', (_what, bill) => {
    expect(comparePackages(bill, inside).state).toBe('fails');
  });
});
