import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { awaitedLater } from '../../domain/awaited-later.js';
import { entryTrouble } from '../../domain/builds/artifact-entry.js';
import type { KeptArtifact, NamedArtifact, StageMediaType } from '../../domain/builds/artifact.js';
import { KilnError } from '../../domain/errors.js';
import { formatBytes } from '../../domain/format-bytes.js';
import type { Content } from '../../ports/contents.js';
import type { ArtifactTar } from '../../ports/engine.js';
import { FolderTar } from './folder-tar.js';

const MAX_ENTRIES = 200_000;

/**
 * Takes artifacts out of tars, into files of a folder that are named by their SHA-256. May be repeated, which gives the same. A folder becomes a tar of its own
 * without owners and setuid bits. Raises `artifact_unusable` for one that is missing, or that holds devices or links that lead out, and
 * `artifact_too_large` where all together have more bytes. Test reports pass through `mask`, and so do the names of their files; other
 * artifacts are the bytes that the build has left.
 */
export async function takeArtifacts(
  tars: readonly ArtifactTar[],
  folder: string,
  maxBytes: number,
  mask: Mask,
): Promise<KeptArtifact[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const room = { bytes: maxBytes, maxBytes };
  const kept: KeptArtifact[] = [];
  for (const tar of tars) kept.push(...(await takeFrom(tar, folder, room, mask)));
  return kept;
}

interface Room {
  bytes: number;
  readonly maxBytes: number;
}

type Bytes = AsyncIterable<Uint8Array>;
type Mask = (report: Bytes) => Bytes;

async function takeFrom(tar: ArtifactTar, folder: string, room: Room, mask: Mask): Promise<KeptArtifact[]> {
  const write = (bytes: Bytes): Promise<Content> => writeByDigest(bytes, folder, room);
  const folders = new Map<NamedArtifact, FolderTar>();
  const taken = new Map<NamedArtifact, Content & { mediaType: StageMediaType }>();
  const reader = extract();
  const reading = awaitedLater(pipeline(createReadStream(tar.path), reader));
  let entries = 0;
  try {
    for await (const entry of reader) {
      if ((entries += 1) > MAX_ENTRIES) throw unusable(tar.artifacts[0], `more than ${MAX_ENTRIES} entries`);
      const { header } = entry;
      const place = placeOf(tar, header);
      const isReport = place?.artifact.type === 'test_report';
      const given = entry as unknown as Bytes;
      const bytes = isReport ? mask(given) : given;
      if (place?.inside === '' && header.type === 'file')
        taken.set(place.artifact, { ...(await write(bytes)), mediaType: 'application/octet-stream' });
      else if (place !== null) {
        const packing = folders.get(place.artifact) ?? new FolderTar(write);
        folders.set(place.artifact, packing);
        if (place.inside !== '' && isReport)
          await addReport(packing, place.inside, header, { folder, mask, bytes });
        else if (place.inside !== '') await packing.add(place.inside, inside(header), bytes);
      }
      entry.resume();
    }
    await reading;
    for (const [artifact, one] of folders)
      taken.set(artifact, { ...(await one.finish()), mediaType: 'application/x-tar' });
  } finally {
    for (const one of folders.values()) await one.abandon();
    reader.destroy();
  }
  return tar.artifacts.map((artifact) => {
    const content = taken.get(artifact);
    if (content === undefined) throw unusable(artifact, 'the stage has left nothing for it');
    return { ...artifact, ...content };
  });
}

/** A masked file has another size, which the tar has to tell before its bytes. */
async function addReport(
  packing: FolderTar,
  place: string,
  header: Header,
  { folder, mask, bytes }: { readonly folder: string; readonly mask: Mask; readonly bytes: Bytes },
): Promise<void> {
  const name = await maskedName(place, mask);
  const { linkname, ...rest } = inside(header);
  const named = { ...rest, linkname: linkname && (await maskedName(linkname, mask)) };
  if (header.type !== 'file' && header.type !== 'contiguous-file') return packing.add(name, named, bytes);
  const own = await mkdtemp(path.join(folder, 'report-'));
  try {
    // The room is taken by the tar that it becomes a part of.
    const { sha256, sizeBytes } = await writeByDigest(bytes, own, { bytes: Infinity, maxBytes: Infinity });
    await packing.add(name, { ...named, size: sizeBytes }, createReadStream(path.join(own, sha256)));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function maskedName(name: string, mask: Mask): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of mask(Readable.from([Buffer.from(name)]))) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** Which artifact an entry belongs to, and where in its folder; null for the root of the tar. */
function placeOf(
  { artifacts }: ArtifactTar,
  { name, type, linkname }: Header,
): { readonly artifact: NamedArtifact; readonly inside: string } | null {
  const [index, ...parts] = name.split('/').filter(isPart);
  if (index === undefined) return null;
  const artifact = artifacts[Number(index)];
  if (artifact === undefined) throw new KilnError('artifact_unusable', { detail: `an entry ${name}` });
  const trouble = entryTrouble({
    path: parts.join('/'),
    type,
    linkname: type === 'link' ? insideOf(linkname, index) : linkname,
  });
  const isRoot = parts.length === 0 && type !== 'file' && type !== 'directory';
  if (trouble !== null || isRoot)
    throw unusable(
      artifact,
      `it holds ${JSON.stringify(parts.join('/').slice(0, 200))}: ${trouble ?? 'it is a link'}`,
    );
  return { artifact, inside: parts.join('/') };
}

/** A hard link names its target from the root of the tar; what is in another artifact's folder leads out. */
function insideOf(linkname: string, index: string): string {
  const [first, ...parts] = linkname.split('/').filter(isPart);
  return first === index ? parts.join('/') : '/';
}

function isPart(text: string): boolean {
  return text !== '' && text !== '.';
}

function inside(header: Header): Header {
  if (header.type !== 'link') return header;
  const [index = ''] = header.name.split('/').filter(isPart);
  return { ...header, linkname: insideOf(header.linkname, index) };
}

async function writeByDigest(bytes: AsyncIterable<Uint8Array>, folder: string, room: Room): Promise<Content> {
  const arriving = path.join(folder, `arriving-${randomUUID()}`);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  // Opened here: a stream that opens it itself may do so after a failure has had it removed.
  const file = await open(arriving, 'wx', 0o600);
  try {
    await pipeline(
      bytes,
      async function* (parts: AsyncIterable<Uint8Array>) {
        for await (const part of parts) {
          sizeBytes += part.length;
          room.bytes -= part.length;
          if (room.bytes < 0) throw tooLarge(room.maxBytes);
          hash.update(part);
          yield part;
        }
      },
      file.createWriteStream(),
    );
    const sha256 = hash.digest('hex');
    await rename(arriving, path.join(folder, sha256));
    return { sha256, sizeBytes };
  } finally {
    await rm(arriving, { force: true });
  }
}

function unusable(artifact: NamedArtifact | undefined, why: string): KilnError {
  return new KilnError('artifact_unusable', {
    message: `The artifact ${artifact?.name ?? ''} cannot be kept: ${why}.`,
  });
}

function tooLarge(maxBytes: number): KilnError {
  return new KilnError('artifact_too_large', {
    message: `What is to be kept of the build has more than ${formatBytes(maxBytes)}.`,
  });
}
