import type { Verification } from '../../src/contracts/provenance-operations.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { displayWidth } from '../../src/cli/terminal/width.js';
import { verificationLines } from '../../src/cli/views/verification.js';
import { type FakeApi, json } from './support/fake-api.js';
import { aFolderAndKiln } from './support/fake-build.js';
import { runKiln } from './support/run-kiln.js';

const IMAGE = 'registry.example.com/team/app:3';
const style = createStyle(false);

function aVerification(...states: Verification['checks'][number]['state'][]): Verification {
  return {
    image: IMAGE,
    repository: 'registry.example.com/team/app',
    digest: `sha256:${'1'.repeat(64)}`,
    holds: !states.includes('fails') && !states.includes('pending'),
    is_pending: false,
    checks: states.map((state) => ({ name: 'sbom', state, text: 'what was found of the bill of materials' })),
  };
}

describe('kiln verify IMAGE', () => {
  let api: FakeApi;
  let end: () => Promise<void>;
  beforeEach(async () => {
    ({ api, end } = await aFolderAndKiln());
  });
  afterEach(() => end());

  it.each([
    ['holds', 0, ['holds', 'absent']],
    ['is not ready', 2, ['holds', 'pending']],
    ['does not hold', 1, ['pending', 'fails']],
  ] as const)('says that it %s with the exit code %i', async (words, exitCode, states) => {
    api.on('GET /v1/verification', (_request, response) => json(response, 200, aVerification(...states)));
    const ran = await runKiln(['verify', IMAGE], { apiUrl: api.url });
    expect(ran.stdout).toContain(`${IMAGE} ${words}`);
    expect(ran.exitCode).toBe(exitCode);
  });
});

it('what is being made is told apart from what fails', () => {
  expect(verificationLines(aVerification('holds', 'pending'), { columns: Infinity, style }).at(-1)).toBe(
    `… ${IMAGE} is not ready: 1 of 2 checks is of what is being made. Ask again in a moment.`,
  );
});

it('no line is wider than 30 columns, and what was found stands below its check', () => {
  const lines = verificationLines(aVerification('holds', 'fails', 'fails'), { columns: 30, style });
  expect(lines.slice(0, 4)).toEqual(['✓ sbom', '  what was found of the bill', '    of materials', '✗ sbom']);
  expect(lines.slice(-3).join('').replaceAll(/ +/g, ' ')).toMatch(/does not hold: 2 of 3 checks fail\.$/);
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(30);
});

it('a digest is whole on 40 columns too', () => {
  const digest = `sha256:${'1'.repeat(64)}`;
  const verification = aVerification('holds');
  const checks = [
    { name: 'digest' as const, state: 'holds' as const, text: `the registry serves ${digest}, and more` },
  ];
  const lines = verificationLines({ ...verification, checks }, { columns: 40, style });
  expect(lines.map((line) => line.trim()).join('')).toContain(digest);
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(40);
});
