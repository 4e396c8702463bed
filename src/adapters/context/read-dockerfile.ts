import { posix } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { parseContextPath } from '../../domain/images/context-path.js';
import { archiveEntries, type ArchiveEntry } from './archive-entries.js';
import { entryParts, escapes } from './entry-path.js';
import { UNPACK_LIMITS } from './unpack-context.js';

const MAX_DOCKERFILE_BYTES = 1024 * 1024;
const MAX_LINKS = 5;
const MAX_CANDIDATES = 5;

/**
 * The text of a Dockerfile inside a tar or tar.gz, without unpacking it; reading ends at the first entry of that name.
 * Raises `dockerfile_missing` with near candidates, `context_invalid` for what is no archive, `path_escapes_context` for
 * a path or an entry that leads out. Like BuildKit it takes `dockerfile` where `Dockerfile` is asked for and missing.
 */
export async function readDockerfileFromArchive(
  archivePath: string,
  dockerfilePath: string,
): Promise<string> {
  let wanted: string = parseContextPath(dockerfilePath);
  for (let links = 0; links <= MAX_LINKS; links++) {
    const found = await search(archivePath, wanted);
    if ('text' in found) return found.text;
    wanted = found.linkTo;
  }
  throw missing(dockerfilePath, []);
}

type Found = { readonly text: string } | { readonly linkTo: string };

async function search(archivePath: string, wanted: string): Promise<Found> {
  const candidates: string[] = [];
  const lowerCase = posix.join(posix.dirname(wanted), 'dockerfile');
  let fallback: Found | null = null;
  for await (const entry of archiveEntries(archivePath, UNPACK_LIMITS)) {
    const name = entryParts(entry.header.name).join('/');
    if (name === wanted) {
      const found = await read(entry, name);
      return found;
    }
    if (name === lowerCase && posix.basename(wanted) === 'Dockerfile') fallback = await read(entry, name);
    else if (/dockerfile/i.test(posix.basename(name)) && entry.header.type === 'file') candidates.push(name);
  }
  if (fallback !== null) return fallback;
  throw missing(wanted, candidates);
}

async function read(entry: ArchiveEntry, name: string): Promise<Found> {
  const { type, linkname } = entry.header;
  if (type === 'symlink' || type === 'link') {
    const target = linkname ?? '';
    const path = type === 'link' ? target : posix.join(posix.dirname(name), target);
    if (target.startsWith('/') || path.startsWith('..'))
      throw escapes(name, `its link to ${target.slice(0, 200)}`);
    return { linkTo: parseContextPath(path) };
  }
  if (type !== 'file' && type !== 'contiguous-file') throw missing(name, []);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of entry.content()) {
    size += part.byteLength;
    if (size > MAX_DOCKERFILE_BYTES) throw tooLong(name);
    parts.push(part);
  }
  return { text: Buffer.concat(parts).toString('utf8') };
}

/** The error of a Dockerfile that is longer than any real one. */
export function tooLong(name: string): KilnError {
  return new KilnError('dockerfile_invalid', {
    message: `${name} is larger than ${MAX_DOCKERFILE_BYTES} bytes.`,
  });
}

/** The error of a Dockerfile that is not there, with what could have been meant. */
export function missing(wanted: string, candidates: readonly string[]): KilnError {
  const near = candidates.slice(0, MAX_CANDIDATES).join(', ');
  const hint = near === '' ? '' : ` It has ${near}.`;
  return new KilnError('dockerfile_missing', {
    message: `There is no ${wanted.slice(0, 200)} in the build context.${hint} Name the Dockerfile with "dockerfile" (--file).`,
  });
}
