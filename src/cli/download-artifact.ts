import { createHash } from 'node:crypto';
import path from 'node:path';
import { getArtifact, listArtifacts } from '../contracts/artifact-operations.js';
import type { BuildArtifact } from '../contracts/artifacts.js';
import { artifactFileName } from '../domain/builds/artifact.js';
import { formatBytes } from '../domain/format-bytes.js';
import { findBuild } from './build-reference.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { connect } from './connect.js';
import type { ArtifactsOptions } from './commands/artifacts.js';
import { downloadFile, notTheSame } from './download-file.js';
import { EXIT } from './exit-codes.js';
import type { Answer } from './http.js';
import { print, printJson } from './output.js';
import { unreachable } from './problem.js';
import { writingTo } from './write-failure.js';

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
  const { items } = await client.call(listArtifacts, { params: { build: build.id } });
  const artifact = items.find(
    (one) => one.artifact_name === name && (options.type ?? one.artifact_type) === one.artifact_type,
  );
  const ask = askFor(client, build.id, name, artifact);
  // The api knows best why it has none.
  if (artifact === undefined || options.output === '-') {
    const { body } = await ask(0);
    if (artifact !== undefined) for await (const part of judged(body, artifact)) await write(cli, part);
    return EXIT.success;
  }
  const file = path.resolve(cli.cwd, options.output ?? artifactFileName(name, artifact.media_type));
  const wanted = { name, sizeBytes: artifact.artifact_size_bytes, sha256: artifact.sha256_digest };
  await writingTo(file, () => downloadFile(wanted, file, ask));
  if (options.json === true) printJson(cli, { ...artifact, file });
  else print(cli, [`${file} (${formatBytes(artifact.artifact_size_bytes)})`]);
  return EXIT.success;
}

/** Asks for the bytes from an offset on, of the artifact that was listed. A line that breaks is `unavailable`. */
function askFor(
  client: Client,
  build: string,
  name: string,
  artifact: BuildArtifact | undefined,
): (fromByte: number) => Promise<Answer> {
  return async (fromByte) => {
    const range =
      fromByte === 0 ? {} : { range: `bytes=${fromByte}-`, 'if-range': `"${artifact?.sha256_digest}"` };
    const answer = await client.repeat(() =>
      client.open(
        getArtifact,
        { params: { build, artifact: name }, query: { type: artifact?.artifact_type } },
        { timeoutMs: READ_MS, headers: range },
      ),
    );
    return { ...answer, body: told(answer.body, client.apiUrl) };
  };
}

async function* told(body: AsyncIterable<Uint8Array>, apiUrl: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw unreachable(apiUrl, error);
  }
}

/** The bytes; raises after the last one where they are not those that were kept. */
async function* judged(
  body: AsyncIterable<Uint8Array>,
  { sha256_digest: expected, artifact_name: name }: BuildArtifact,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const part of body) {
    hash.update(part);
    yield part;
  }
  if (hash.digest('hex') !== expected) throw notTheSame(name);
}

async function write(cli: Cli, part: Uint8Array): Promise<void> {
  const { stdout } = cli;
  if (stdout.write(part as unknown as string) !== false || stdout.once === undefined) return;
  await new Promise<void>((resolve) => stdout.once?.('drain', resolve));
}
