import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { maskForms } from '../../src/supervisor/mask-forms.js';
import { Masks } from '../../src/supervisor/masks.js';

/** Shorter forms (the last line of wrapped base64) stand somewhere by chance. */
const MIN_FORM_BYTES = 10;

/** A planted value that can be found again in every form in which it may have leaked. */
export class Canary {
  constructor(
    readonly name: string,
    readonly value: string,
  ) {}

  /** A random value; lines above one make a text of several lines. */
  static make(name: string, lines = 1): Canary {
    const line = (): string => `canary/${name}'s ${randomBytes(30).toString('base64url')}`;
    return new Canary(name, Array.from({ length: lines }, line).join('\n'));
  }
}

/** Finds canaries in one pass over the bytes. */
export class CanarySearch {
  readonly #masks = new Masks();
  readonly #names = new Map<string, string>();

  constructor(canaries: readonly Canary[]) {
    for (const { name, value } of canaries) {
      for (const form of maskForms([Buffer.from(value)])) {
        if (form.length < MIN_FORM_BYTES) continue;
        this.#masks.addPattern(form);
        this.#names.set(form.toString('latin1'), name);
      }
    }
  }

  /** Which canaries stand there, as `<canary> in <place>`. */
  findIn(place: string, bytes: Buffer): string[] {
    const found = new Set<string>();
    const masks = this.#masks;
    for (let at = masks.nextPlace(bytes, 0); at < bytes.length; at = masks.nextPlace(bytes, at + 1)) {
      for (const form of masks.candidates(bytes, at)) {
        const isThere = bytes.subarray(at, at + form.length).equals(form);
        if (isThere) found.add(`${this.#names.get(form.toString('latin1'))} in ${place}`);
      }
    }
    return [...found];
  }
}

/** Searches every file below a folder, compressed ones (layers) also unpacked. */
export async function searchFolder(folder: string, search: CanarySearch): Promise<string[]> {
  const hits: string[] = [];
  for (const file of await filesBelow(folder)) {
    const bytes = await readFile(file).catch(() => null);
    if (bytes === null) continue;
    const place = path.relative(folder, file);
    hits.push(...search.findIn(place, bytes));
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      const unpacked = tryGunzip(bytes);
      if (unpacked !== null) hits.push(...search.findIn(`${place} (unpacked)`, unpacked));
    }
  }
  return hits;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    // An ordinary user owns the work folders of overlays, which nobody may read until he says so.
    await chmod(folder, 0o700);
    return readdir(folder, { withFileTypes: true });
  });
  const at = ({ name }: { name: string }): string => path.join(folder, name);
  const folders = entries.filter((entry) => entry.isDirectory()).map(at);
  const files = entries.filter((entry) => entry.isFile()).map(at);
  return [...files, ...(await Promise.all(folders.map(filesBelowIfThere))).flat()];
}

/** A running registry deletes tags while its folder is searched; only the folder asked for must be there. */
async function filesBelowIfThere(folder: string): Promise<string[]> {
  return filesBelow(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
}

function tryGunzip(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes);
  } catch {
    return null;
  }
}

/** What a process tells every process of the same user. */
interface Told {
  readonly cmdline: Buffer;
  readonly environ: Buffer;
}

/** So often a look reads also the environments that were read before. */
const LOOKS_PER_REREADING = 20;

/**
 * Looks at the arguments and environments of all processes, again and again. An environment comes with a program: that of a process is read when it is
 * first seen or has other arguments than before, and of the others now and then; only bytes that are new are searched.
 */
export class ProcessWatch {
  readonly hits = new Set<string>();
  looks = 0;
  #known = new Map<string, Told>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly search: CanarySearch) {
    this.#timer = setInterval(() => this.#look(), 15);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.looks += 1;
    const rereads = this.looks % LOOKS_PER_REREADING === 0;
    const seen = new Map<string, Told>();
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const known = this.#known.get(pid);
      const cmdline = this.#read(pid, 'cmdline', known?.cmdline);
      if (cmdline === null) continue;
      const isAsKnown = known !== undefined && cmdline.equals(known.cmdline) && !rereads;
      const environ = isAsKnown ? known.environ : this.#read(pid, 'environ', known?.environ);
      if (environ !== null) seen.set(pid, { cmdline, environ });
    }
    this.#known = seen;
  }

  /** Null where the process is gone, or another user's. */
  #read(pid: string, what: 'cmdline' | 'environ', known: Buffer | undefined): Buffer | null {
    try {
      const bytes = readFileSync(`/proc/${pid}/${what}`);
      if (known === undefined || !bytes.equals(known))
        for (const hit of this.search.findIn(what, bytes)) this.hits.add(hit);
      return bytes;
    } catch {
      return null;
    }
  }
}
