import { expect, test } from 'vitest';
import type { ProgramName } from '../../../src/embedded/programs/declaration.js';
import { PROGRAMS } from '../../../src/embedded/programs/declarations.js';

const printed: [ProgramName, string, string | undefined][] = [
  ['postgres', 'postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', '15.18'],
  ['postgres', 'postgres (PostgreSQL) 18.4', '18.4'],
  ['temporal', 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', '1.9.1'],
  ['registry', '/usr/bin/docker-registry github.com/docker/distribution 2.8.2+ds1', '2.8.2'],
  ['registry', 'registry github.com/distribution/distribution/v3 v3.1.2', '3.1.2'],
  ['registry', 'Usage of registry: -port int', undefined],
  ['buildkitd', 'buildkitd github.com/moby/buildkit v0.29.0 ', '0.29.0'],
  ['buildctl', 'buildctl github.com/moby/buildkit v0.29.0 abc', '0.29.0'],
  ['runc', 'runc version 1.3.6\nspec: 1.2.1\ngo: go1.26.8\nlibseccomp: 2.5.4', '1.3.6'],
  ['runc', 'runc version 1.3.6\nspec: 1.2.1\ngo: go1.26.8', undefined],
  ['rootlesskit', 'rootlesskit version 1.1.0', '1.1.0'],
  ['syft', 'Application: syft\nVersion:    1.18.1\nBuildDate:  2024-12-13T18:41:10Z', '1.18.1'],
  ['busybox', 'BusyBox v1.35.0 (Debian 1:1.35.0-4+b7) multi-call binary.', '1.35.0'],
];

test.each(printed)('the version of %s is read out of "%s"', (name, output, version) => {
  expect(PROGRAMS[name].readVersion(output)).toBe(version);
});

test('every program is declared under its own name and setting', () => {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    expect(program.name).toBe(name);
    expect(program.setting).toBe(`KILN_${name.toUpperCase()}_PATH`);
  }
});
