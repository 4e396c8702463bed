import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { exportArguments, readImageConfig, registryEnvironment, type LocatedImage } from './crane.js';
import { OutputTail } from '../output/output-tail.js';
import { Fault, lastWords, registryFault } from './fault.js';
import { holdLock } from './locks.js';
import type { LaunchOrder } from './order.js';
import { removeUnused } from './remove-unused.js';
import { endOf } from './run-program.js';

/** Of all builders of a tenant on this host. */
const MAX_STORED_BYTES = 20e9;
/** What one builder may unpack to. */
const MAX_ROOT_BYTES = 15e9;
/** Neither device files nor what only root of the host could make are unpacked. */
const TAR = [
  ...['setpriv', '--no-new-privs', '--bounding-set=-all,+chown,+dac_override,+fowner,+fsetid'],
  ...['tar', '--extract', '--preserve-permissions', '--same-owner', '--numeric-owner', '--exclude=dev/*'],
];

/** A builder on the disk of the host. */
export interface BuilderRoot {
  readonly folder: string;
  /** The config of its image, as text. */
  readonly config: string;
  /** Whether it was there already. */
  readonly isKept: boolean;
}

/**
 * The root file system of an image, unpacked once for each digest. It is locked for as long as this process lives, so that nobody removes
 * it; builders that nobody uses go, the longest unused first, when all together are too large.
 */
export async function provideRoot(order: LaunchOrder, image: LocatedImage): Promise<BuilderRoot> {
  const roots = path.join(order.storageFolder, 'builders');
  mkdirSync(roots, { recursive: true, mode: 0o700 });
  const name = image.digest.replace(':', '-');
  const place = path.join(roots, name);
  await holdLock(`${place}.lock`, 'shared');
  const isKept = existsSync(place);
  if (!isKept) {
    const unpacking = await holdLock(path.join(roots, 'unpack.lock'), 'exclusive');
    if (!existsSync(place)) await unpack(order, image, roots, place);
    await removeUnused(roots, MAX_STORED_BYTES);
    unpacking.release();
  }
  const now = new Date();
  utimesSync(place, now, now);
  return {
    folder: path.join(place, 'root'),
    config: readFileSync(path.join(place, 'config.json'), 'utf8'),
    isKept,
  };
}

async function unpack(order: LaunchOrder, image: LocatedImage, roots: string, place: string): Promise<void> {
  // Who holds the lock is alone: what is half done was left by a run that was killed.
  for (const left of readdirSync(roots).filter((name) => name.startsWith('.half-')))
    rmSync(path.join(roots, left), { recursive: true, force: true });
  const half = path.join(roots, `.half-${path.basename(place)}`);
  const root = path.join(half, 'root');
  mkdirSync(root, { recursive: true, mode: 0o755 });
  const config = await readImageConfig(order, image);
  const bytes = await extract(order, image, root);
  writeFileSync(path.join(half, 'config.json'), config);
  writeFileSync(path.join(half, 'bytes'), String(bytes));
  renameSync(half, place);
}

/** Gives the bytes of the archive. */
async function extract(order: LaunchOrder, image: LocatedImage, root: string): Promise<number> {
  const [file = '', ...args] = exportArguments(order, image);
  const source = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: registryEnvironment(order),
  });
  const [setpriv = '', ...tar] = TAR;
  const target = spawn(setpriv, [...tar, '--directory', root], { stdio: ['pipe', 'ignore', 'pipe'] });
  let bytes = 0;
  const said = { source: new OutputTail(), target: new OutputTail() };
  source.stderr.on('data', (data: Buffer) => said.source.append(data));
  target.stderr.on('data', (data: Buffer) => said.target.append(data));
  source.stdout.on('data', (data: Buffer) => {
    bytes += data.length;
    if (bytes > MAX_ROOT_BYTES) source.kill('SIGKILL');
  });
  // Where tar gives up, its exit code tells why.
  target.stdin.on('error', () => source.kill('SIGKILL'));
  source.stdout.pipe(target.stdin);
  const [sourceCode, targetCode] = await Promise.all([endOf(source), endOf(target)]);
  if (bytes > MAX_ROOT_BYTES)
    throw new Fault('builder_invalid', `The builder unpacks to more than ${MAX_ROOT_BYTES / 1e9} GB.`);
  if (targetCode !== 0) {
    if (/No space left on device/.test(said.target.text() ?? ''))
      throw new Fault('disk_full', 'The disk of the build host is full.');
    const why = lastWords(said.target.text() ?? '', 5);
    throw new Fault('builder_invalid', `The builder cannot be unpacked: ${why}.`, why);
  }
  if (sourceCode !== 0) throw registryFault(order.builder, said.source.text() ?? '');
  return bytes;
}
