import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cli } from '../cli/cli.js';
import { type Client, createClient } from '../cli/client.js';
import { findImage, waitUntilInspected } from '../cli/image-reference.js';
import { readText } from '../cli/http.js';
import { print, styleOf } from '../cli/output.js';
import { verifyPatiently } from '../cli/run-verify.js';
import { getSbom } from '../contracts/inspection-operations.js';
import { listSigningKeys, type Verification } from '../contracts/provenance-operations.js';
import { provideCosign } from '../embedded/cosign.js';
import type { CliAccess } from '../embedded/state.js';
import type { ImageDetail } from '../contracts/images.js';
import { comparePackages, packagesInside } from './demo-packages.js';
import { NO_SYFT } from './no-syft.js';

const TIMEOUT_MS = 60_000;
const SBOM_PATIENCE_MS = 300_000;

/** One check of the demo, by Kiln or by cosign. */
export interface DemoCheck {
  readonly by: 'kiln' | 'cosign';
  readonly name: string;
  readonly state: Verification['checks'][number]['state'];
  readonly text: string;
}

/** Verifies what the demo has built: by Kiln, and by cosign with nothing but the public key. */
export async function verifyDemo(image: string, access: CliAccess): Promise<DemoCheck[]> {
  const client = createClient({ apiUrl: access.api_url, token: access.token });
  const { checks, digest } = await verifyWithSbom(client, image);
  const { items } = await client.call(listSigningKeys, {});
  const folder = await mkdtemp(join(tmpdir(), 'kiln-demo-'));
  try {
    const keyFile = join(folder, 'kiln.pub');
    await writeFile(keyFile, items[0]?.public_key ?? '');
    const flags = ['--key', keyFile, '--insecure-ignore-tlog', '--allow-http-registry'];
    const attestation = (name: string, type: string): Promise<DemoCheck> =>
      cosign(name, ['verify-attestation', '--type', type, ...flags, image], folder);
    const hasSbom = checks.some(({ name, state }) => name === 'sbom' && state === 'holds');
    return [
      ...checks.map((check) => ({ by: 'kiln' as const, ...check })),
      ...(hasSbom && digest !== null ? [await compareSbom(client, image, digest)] : []),
      await attestation('attestation', 'slsaprovenance1'),
      ...(hasSbom ? [await attestation('sbom', 'cyclonedx')] : []),
      await cosign('signature', ['verify', ...flags, image], folder),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What Kiln says of the image once its bill of materials was made, or could not be. */
async function verifyWithSbom(
  client: Client,
  image: string,
): Promise<Pick<Verification, 'checks' | 'digest'>> {
  const first = await verifyPatiently(client, image);
  if (first.digest === null) return first;
  const found = await findImage(client, first.digest);
  const { sbom } = await waitUntilInspected(client, found, 'sbom', SBOM_PATIENCE_MS);
  const { checks, digest } = await verifyPatiently(client, image);
  return { checks: demandSbom(checks, sbom), digest };
}

async function compareSbom(client: Client, image: string, digest: string): Promise<DemoCheck> {
  const answer = await client.open(getSbom, { params: { image: digest }, query: { format: 'cyclonedx' } });
  return comparePackages(await readText(answer), await packagesInside(image, digest));
}

/** What is not ready by now fails; so does a bill of materials that is not there, with the checks that could not be made. */
export function demandSbom(
  checks: Verification['checks'],
  sbom: Pick<ImageDetail['sbom'], 'failure_reason'>,
): Verification['checks'] {
  const { failure_reason: reason } = sbom;
  return checks.map((check) => {
    if (check.state === 'pending') return { ...check, state: 'fails' };
    if (check.name !== 'sbom' || check.state !== 'absent') return check;
    const text = reason ?? check.text;
    return {
      ...check,
      state: 'fails',
      text: reason === NO_SYFT ? `not checked, nor packages, nor the sbom by cosign: ${text}` : text,
    };
  });
}

async function cosign(name: string, args: readonly string[], home: string): Promise<DemoCheck> {
  const program = await provideCosign();
  const type = args[args.indexOf('--type') + 1];
  const shown = `cosign ${args[0] ?? ''}${args.includes('--type') ? ` --type ${type ?? ''}` : ''} --key kiln.pub`;
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      {
        timeout: TIMEOUT_MS,
        env: { HOME: home, PATH: process.env['PATH'] ?? '' },
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, _stdout, stderr) => {
        const reason = stderr.trim().split('\n').at(-1) ?? '';
        resolve({
          by: 'cosign',
          name,
          state: error === null ? 'holds' : 'fails',
          text: error === null ? shown : `${shown}: ${reason}`,
        });
      },
    );
  });
}

/** A line for each check. */
export function printDemoChecks(cli: Cli, method: string, checks: readonly DemoCheck[]): void {
  const style = styleOf(cli, cli.stdout);
  const marks = {
    holds: style.tone.good('✓'),
    fails: style.tone.bad('✗'),
    pending: style.tone.active('…'),
    absent: style.dim('–'),
  };
  const shown = checks.map(
    ({ by, name, state, text }) =>
      `${marks[state]} ${method.padEnd(10)} ${by.padEnd(6)} ${name.padEnd(16)} ${text}`,
  );
  print(cli, ['', ...shown]);
}
