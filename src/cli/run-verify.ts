import { setTimeout as sleep } from 'node:timers/promises';
import { type Verification, verifyImage } from '../contracts/provenance-operations.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { findImage } from './image-reference.js';
import type { ConnectionOptions } from './options.js';
import { print, printJson, styleOf } from './output.js';
import { verificationLines } from './views/verification.js';

/** A build's provenance is signed a moment after its record. */
const PATIENCE_MS = 30_000;
const EVERY_MS = 500;

/** `kiln verify IMAGE`: asks Kiln what holds of an image, waiting while it is about to be signed. Gives the exit code. */
export async function runVerify(cli: Cli, reference: string, options: ConnectionOptions): Promise<number> {
  const client = connect(cli, options);
  const verification = await verifyPatiently(client, await locate(client, reference));
  if (options.json === true) printJson(cli, verification);
  else {
    const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
    print(cli, verificationLines(verification, { columns, style: styleOf(cli, cli.stdout) }));
  }
  return exitCodeOf(verification);
}

/** What is still being made is refused, as for whatever is asked for too early, and neither holds nor fails. */
function exitCodeOf({ holds, checks }: Verification): number {
  if (holds) return EXIT.success;
  return checks.some(({ state }) => state === 'fails') ? EXIT.failed : EXIT.refused;
}

/** What holds of `repository:tag` or `repository@digest`, as soon as nothing of it is about to be signed. */
export async function verifyPatiently(client: Client, image: string): Promise<Verification> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const verification = await client.call(verifyImage, { query: { image } });
    if (!verification.is_pending || Date.now() >= deadline) return verification;
    await sleep(EVERY_MS);
  }
}

/** Builds and digests are looked up; what names a repository is taken as it is. */
async function locate(client: Client, reference: string): Promise<string> {
  if (reference.includes('/')) return reference;
  const image = await findImage(client, reference);
  return `${image.image_repository}@${image.manifest_digest}`;
}
