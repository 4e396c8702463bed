import {
  tooLarge,
  tooMany,
  ContextListJudge,
  type ContextLimits,
  type ContextList,
} from '../../domain/contexts/context-list.js';
import { type ContextEntry, EMPTY_SHA256 } from '../../domain/contexts/entry.js';
import { comesBefore, entryParts, escapes, unusable } from '../../domain/contexts/paths.js';
import type { ArchiveEntry } from '../../ports/archive.js';
import type { Content } from '../../ports/contents.js';

const PERMISSIONS = 0o777;
const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;

/** Makes the list of a context from the entries of a tar as they come: as they would lie on a disk at the end. */
export class ArchiveList {
  readonly #entries = new Map<string, ContextEntry>();
  #announcedBytes = 0;

  constructor(private readonly limits: ContextLimits) {}

  /** Takes one entry. `keep` stores the content of a file, which is read to its end. */
  async take(
    entry: ArchiveEntry,
    keep: (bytes: AsyncIterable<Uint8Array>) => Promise<Content>,
  ): Promise<void> {
    const { name, type, mode, linkname } = entry;
    const parts = entryParts(name);
    if (parts.length === 0) return;
    const path = parts.join('/');
    this.#openFolder(parts.slice(0, -1), name);
    if (type === 'directory') {
      this.#openFolder(parts, name);
      this.#put({
        path,
        kind: 'folder',
        mode: (mode ?? FOLDER_MODE) & PERMISSIONS,
        mtime: seconds(entry.mtime),
      });
      return;
    }
    if (this.#entries.get(path)?.kind === 'folder') throw unusable(name, 'is there twice, once as a folder');
    if (type === 'symlink') this.#put({ path, kind: 'link', target: linkname });
    else if (type === 'link') this.#put({ ...this.#linkedFile(name, linkname), path });
    else if (type === 'file' || type === 'contiguous-file') {
      this.#announcedBytes += entry.sizeBytes;
      if (this.#announcedBytes > this.limits.maxBytes) throw tooLarge(name, this.limits.maxBytes);
      const { sha256, sizeBytes: size } =
        entry.sizeBytes === 0 ? { sha256: EMPTY_SHA256, sizeBytes: 0 } : await keep(entry.content());
      const permissions = (mode ?? FILE_MODE) & PERMISSIONS;
      this.#put({ path, kind: 'file', mode: permissions, mtime: seconds(entry.mtime), size, sha256 });
    } else throw unusable(name, `is a ${type}; a context holds files, folders and links`);
  }

  /** The judged list of all that was taken. */
  finish(): ContextList {
    const judge = new ContextListJudge(this.limits);
    for (const entry of [...this.#entries.values()].sort((a, b) => (comesBefore(a.path, b.path) ? -1 : 1)))
      judge.take(entry);
    return judge.finish();
  }

  #put(entry: ContextEntry): void {
    this.#entries.set(entry.path, entry);
    if (this.#entries.size > this.limits.maxEntries) throw tooMany(this.limits.maxEntries);
  }

  #openFolder(parts: readonly string[], name: string): void {
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = parts.slice(0, depth).join('/');
      const found = this.#entries.get(path);
      if (found?.kind === 'link') throw escapes(name, `the link ${path}, through which it would be written`);
      if (found?.kind === 'file') throw unusable(name, `lies below ${path}, which is no folder`);
      if (found === undefined) this.#put({ path, kind: 'folder', mode: FOLDER_MODE, mtime: 0 });
    }
  }

  /** A hard link is one more file with the same content. */
  #linkedFile(name: string, linkname: string): ContextEntry {
    const parts = linkname === '' ? [] : entryParts(linkname);
    for (let depth = 1; depth < parts.length; depth++) {
      if (this.#entries.get(parts.slice(0, depth).join('/'))?.kind === 'link')
        throw escapes(name, `its hard link to ${linkname.slice(0, 200)}`);
    }
    const found = this.#entries.get(parts.join('/'));
    if (found?.kind === 'file') return found;
    throw unusable(name, 'is a hard link to what is no earlier file of the context');
  }
}

function seconds(time: Date | null): number {
  const value = Math.floor((time?.getTime() ?? 0) / 1000);
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}
