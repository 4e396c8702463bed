import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { getArtifact, listArtifacts } from '../contracts/artifact-operations.js';
import type { BuildArtifact } from '../contracts/artifacts.js';
import { artifactFileName } from '../domain/builds/artifact.js';
import { formatBytes } from '../domain/format-bytes.js';
import { findBuild } from './build-reference.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import type { ArtifactsOptions } from './commands/artifacts.js';
import { EXIT } from './exit-codes.js';
import { CommandFailure } from './failure.js';
import { print, printJson } from './output.js';
import { unreachable } from './problem.js';

/** The api reads an artifact whole before it sends the first byte. */
const READ_MS = 10 * 60_000;

/** Downloads an artifact into a file, which appears when it is whole and has the recorded digest, or to stdout. */
export async function downloadArtifact(
  cli: Cli,
  reference: string,
  name: string,
  options: ArtifactsOptions,
): Promise<number> {
  const client = connect(cli, options);
  const build = await findBuild(client, reference);
  const params = { build: build.id, artifact: name };
  const { items } = await client.call(listArtifacts, { params: { build: build.id } });
  const artifact = items.find((one) => one.artifact_name === name);
  const answer = await client.open(getArtifact, { params }, { timeoutMs: READ_MS });
  if (artifact === undefined) throw new CommandFailure('not_found');
  const bytes = judged(answer.body, artifact, client.apiUrl);
  if (options.output === '-') {
    for await (const part of bytes) await write(cli, part);
    return EXIT.success;
  }
  const file = path.resolve(cli.cwd, options.output ?? artifactFileName(name, artifact.media_type));
  const arriving = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    await pipeline(bytes, createWriteStream(arriving, { flags: 'wx' }));
    await rename(arriving, file);
  } catch (error) {
    await rm(arriving, { force: true });
    throw error;
  }
  if (options.json === true) printJson(cli, { ...artifact, file });
  else print(cli, [`${file} (${formatBytes(artifact.artifact_size_bytes)})`]);
  return EXIT.success;
}

/** The bytes; raises after the last one where they are not those that were kept. */
async function* judged(
  body: AsyncIterable<Uint8Array>,
  { sha256_digest: expected, artifact_name: name }: BuildArtifact,
  apiUrl: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const parts = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await parts.next().catch((error: unknown) => {
      throw unreachable(apiUrl, error);
    });
    if (next.done === true) break;
    hash.update(next.value);
    yield next.value;
  }
  if (hash.digest('hex') === expected) return;
  throw new CommandFailure('digest_mismatch', {
    message: `What arrived of ${name} is not what was kept.`,
    fix: 'Download it again.',
  });
}

async function write(cli: Cli, part: Uint8Array): Promise<void> {
  const { stdout } = cli;
  if (stdout.write(part as unknown as string) !== false || stdout.once === undefined) return;
  await new Promise<void>((resolve) => stdout.once?.('drain', resolve));
}
