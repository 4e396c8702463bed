import { createWriteStream } from 'node:fs';
import { chmod, link, lstat, mkdir, rm, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { KilnError } from '../../domain/errors.js';
import { archiveEntries, type ArchiveEntry } from './archive-entries.js';
import { entryParts, escapes, unusable } from './entry-path.js';
import { resolveInside } from './resolve-inside.js';

export interface UnpackLimits {
  /** Bytes of the unpacked archive, headers included. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

export interface UnpackReport {
  readonly entries: number;
  readonly contentBytes: number;
}

export const UNPACK_LIMITS: UnpackLimits = { maxBytes: 8 * 1024 ** 3, maxEntries: 500_000 };

const PERMISSIONS = 0o777;
const FOLDER_MODE = 0o755;

/**
 * Unpacks an uploaded archive into an empty folder of its own. Nothing is written outside of it, no link in it leads
 * out, there are no devices, no setuid bits. Raises `path_escapes_context`, `context_invalid` or `payload_too_large`,
 * naming the entry; what was unpacked until then stays for the caller to remove.
 */
export async function unpackContext(
  archivePath: string,
  folder: string,
  limits: UnpackLimits = UNPACK_LIMITS,
): Promise<UnpackReport> {
  const unpacking = new Unpacking(folder);
  let entries = 0;
  let contentBytes = 0;
  for await (const entry of archiveEntries(archivePath, limits)) {
    entries += 1;
    if (entries > limits.maxEntries) throw tooMany(limits.maxEntries);
    contentBytes += entry.header.type === 'file' ? (entry.header.size ?? 0) : 0;
    if (contentBytes > limits.maxBytes) throw tooLarge(entry.header.name, limits.maxBytes);
    await unpacking.take(entry);
  }
  await unpacking.finish();
  return { entries, contentBytes };
}

class Unpacking {
  /** Folders that are known to be folders, not links; they are never replaced. */
  private readonly folders = new Set<string>(['']);
  private readonly links: string[] = [];
  private readonly times = new Map<string, Date>();

  constructor(private readonly root: string) {}

  async take(entry: ArchiveEntry): Promise<void> {
    const { name, type, mode, mtime, linkname } = entry.header;
    const parts = entryParts(name);
    if (parts.length === 0) return;
    const target = path.join(this.root, ...parts);
    if (type === 'directory') {
      await this.folder(parts, name);
      await chmod(target, ((mode ?? FOLDER_MODE) & PERMISSIONS) | 0o700);
      this.times.set(target, validTime(mtime));
      return;
    }
    if (type !== 'file' && type !== 'contiguous-file' && type !== 'symlink' && type !== 'link') {
      throw unusable(
        name,
        `is a ${type ?? 'thing of unknown kind'}; a context holds files, folders and links`,
      );
    }
    await this.folder(parts.slice(0, -1), name);
    await makeRoom(target, name);
    if (type === 'symlink') await this.symbolicLink(target, parts, name, linkname ?? '');
    else if (type === 'link') await this.hardLink(target, name, linkname ?? '');
    else {
      await pipeline(entry.content(), createWriteStream(target, { flags: 'wx', mode: 0o600 }));
      await chmod(target, (mode ?? 0o644) & PERMISSIONS);
      await utimes(target, validTime(mtime), validTime(mtime));
    }
  }

  /** Links are judged when all is there: an earlier link can be given another meaning by a later entry. */
  async finish(): Promise<void> {
    for (const link of this.links) await resolveInside(this.root, link);
    for (const [folder, time] of [...this.times].reverse()) await utimes(folder, time, time);
  }

  private async folder(parts: readonly string[], name: string): Promise<void> {
    for (let depth = 1; depth <= parts.length; depth++) {
      const relative = parts.slice(0, depth).join('/');
      if (this.folders.has(relative)) continue;
      const absolute = path.join(this.root, relative);
      const found = await lstat(absolute).catch(() => null);
      if (found === null) await mkdir(absolute, { mode: FOLDER_MODE });
      else if (found.isSymbolicLink())
        throw escapes(name, `the link ${relative}, through which it would be written`);
      else if (!found.isDirectory()) throw unusable(name, `lies below ${relative}, which is no folder`);
      this.folders.add(relative);
    }
  }

  private async symbolicLink(
    target: string,
    parts: readonly string[],
    name: string,
    linkname: string,
  ): Promise<void> {
    if (linkname === '' || linkname.includes('\u0000')) throw unusable(name, 'is a link to nothing');
    if (linkname.startsWith('/')) throw escapes(name, `its link to ${linkname.slice(0, 200)}`);
    await symlink(linkname, target);
    this.links.push(parts.join('/'));
  }

  private async hardLink(target: string, name: string, linkname: string): Promise<void> {
    const parts = linkname === '' ? [] : entryParts(linkname);
    for (let depth = 1; depth < parts.length; depth++) {
      if (!this.folders.has(parts.slice(0, depth).join('/')))
        throw escapes(name, `its hard link to ${linkname.slice(0, 200)}`);
    }
    const existing = path.join(this.root, ...parts);
    const found = parts.length === 0 ? null : await lstat(existing).catch(() => null);
    if (found?.isFile() !== true)
      throw unusable(name, 'is a hard link to what is no earlier file of the context');
    await link(existing, target);
  }
}

/** The last entry of a name counts, but a folder stays a folder. */
async function makeRoom(target: string, name: string): Promise<void> {
  const found = await lstat(target).catch(() => null);
  if (found === null) return;
  if (found.isDirectory()) throw unusable(name, 'is there twice, once as a folder');
  await rm(target);
}

function validTime(time: Date | undefined): Date {
  return time === undefined || Number.isNaN(time.getTime()) ? new Date(0) : time;
}

function tooMany(maxEntries: number): KilnError {
  return new KilnError('payload_too_large', {
    message: `The build context has more than ${maxEntries} entries. Leave files out with .dockerignore.`,
  });
}

function tooLarge(name: string, maxBytes: number): KilnError {
  return new KilnError('payload_too_large', {
    message: `With the entry ${JSON.stringify(name.slice(0, 200))} the build context is larger than ${maxBytes} bytes. Leave files out with .dockerignore.`,
  });
}
