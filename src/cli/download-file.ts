import { createHash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailure } from './failure.js';
import type { Answer } from './http.js';

/** A file that is downloaded. Digest in hex. */
export interface WantedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** As often a download that breaks off is gone on with at once, as long as each try brings something. */
const TRIES = 5;

/**
 * Downloads into a file, which appears when it is whole and has the digest. What arrives lies beside it; a download that broke off is
 * gone on with from there, by this call or a later one. `ask` sends the request, for the bytes from an offset on.
 */
export async function downloadFile(
  wanted: WantedFile,
  target: string,
  ask: (fromByte: number) => Promise<Answer>,
): Promise<void> {
  const arriving = path.join(path.dirname(target), `.${path.basename(target)}.${wanted.sha256.slice(0, 12)}`);
  for (let tries = 1; ; tries += 1) {
    const before = await sizeOf(arriving);
    try {
      if (before < wanted.sizeBytes || wanted.sizeBytes === 0) await receive(arriving, before, ask);
      break;
    } catch (error) {
      const isHopeless = !(error instanceof CommandFailure) || error.code !== 'unavailable';
      if (isHopeless || tries === TRIES || (await sizeOf(arriving)) <= before) throw error;
    }
  }
  await judge(arriving, wanted);
  await rename(arriving, target);
}

async function receive(
  arriving: string,
  fromByte: number,
  ask: (fromByte: number) => Promise<Answer>,
): Promise<void> {
  const { status, body } = await ask(fromByte);
  // The whole, where a server does not give the rest.
  const file = await open(arriving, status === 206 ? 'a' : 'w', 0o666);
  try {
    for await (const part of body) await file.writeFile(part);
  } finally {
    await file.close();
  }
}

async function judge(arriving: string, { name, sha256, sizeBytes }: WantedFile): Promise<void> {
  const hash = createHash('sha256');
  const file = await open(arriving);
  for await (const part of file.createReadStream()) hash.update(part as Buffer);
  if (hash.digest('hex') === sha256) return;
  const size = await sizeOf(arriving);
  if (size < sizeBytes)
    throw new CommandFailure('unavailable', {
      message: `Only ${size} of ${sizeBytes} bytes of ${name} arrived.`,
      fix: 'Run the command again: it goes on where it stopped.',
    });
  await rm(arriving, { force: true });
  throw notTheSame(name);
}

/** The error of bytes that are not those that were kept. */
export function notTheSame(name: string): CommandFailure {
  return new CommandFailure('digest_mismatch', {
    message: `The stored bytes of ${name} are not those that were kept.`,
    fix: 'They stay wrong: build again. The operator finds with `kiln verify` what else has changed.',
  });
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
