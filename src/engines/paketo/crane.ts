import path from 'node:path';
import { parseReference, printRepository } from '../../domain/images/reference.js';
import { registryOf } from '../../domain/images/registry-host.js';
import { mirrorsOf } from '../../domain/network/mirrors.js';
import { registryFault } from './fault.js';
import { SYSTEM_PATH } from '../runc/launch.js';
import type { LaunchOrder } from './order.js';
import { runProgram } from './run-program.js';

const PLATFORM = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;

/** An image at one place, by its digest. */
export interface LocatedImage {
  /** repository@digest */
  readonly reference: string;
  readonly digest: string;
}

/** Asks mirrors first, then the registry itself, for the image of this platform. Raises a fault where none has it. */
export async function locateImage(order: LaunchOrder, image: string): Promise<LocatedImage> {
  const places = placesOf(image, order);
  for (const [index, place] of places.entries()) {
    const { exitCode, stdout, stderr } = await crane(order, place, 'digest', '--platform', PLATFORM, place);
    const digest = /sha256:[0-9a-f]{64}/.exec(stdout)?.[0];
    if (exitCode === 0 && digest !== undefined)
      return { reference: `${printRepository(parseReference(place))}@${digest}`, digest };
    if (index === places.length - 1) throw registryFault(image, stderr);
  }
  throw registryFault(image, '');
}

/** The config of an image, as text. */
export async function readImageConfig(order: LaunchOrder, { reference }: LocatedImage): Promise<string> {
  const { exitCode, stdout, stderr } = await crane(order, reference, 'config', reference);
  if (exitCode !== 0) throw registryFault(reference, stderr);
  return stdout;
}

/** Puts the labels of the order on an image, under the tag of the order; gives the image that has them. */
export async function labelImage(order: LaunchOrder, image: LocatedImage): Promise<LocatedImage> {
  const labels = Object.entries(order.labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
  if (labels.length === 0) return image;
  const { reference } = image;
  const { exitCode, stdout, stderr } = await crane(
    ...([order, reference, 'mutate', ...labels, '--tag', order.target, reference] as const),
  );
  const digest = /@(sha256:[0-9a-f]{64})\s*$/.exec(stdout)?.[1];
  if (exitCode !== 0 || digest === undefined) throw registryFault(order.target, stderr);
  return { reference: reference.replace(/sha256:[0-9a-f]{64}$/, digest), digest };
}

/** argv that writes the file system of an image as one tar to stdout. */
export function exportArguments(order: LaunchOrder, { reference }: LocatedImage): string[] {
  return craneArguments(order, reference, 'export', reference, '-');
}

/** The whole environment in which registries are reached. */
export function registryEnvironment(order: LaunchOrder): Record<string, string> {
  return {
    ...order.proxyVariables,
    PATH: SYSTEM_PATH,
    HOME: order.workFolder,
    DOCKER_CONFIG: order.registryConfigFolder,
    SSL_CERT_DIR: certificateFolder(order),
  };
}

/** Where the launcher gathers the certificates of the system and of registries. */
export function certificateFolder({ workFolder }: Pick<LaunchOrder, 'workFolder'>): string {
  return path.join(workFolder, 'certificates');
}

function crane(order: LaunchOrder, reference: string, ...args: string[]) {
  return runProgram(craneArguments(order, reference, ...args), registryEnvironment(order));
}

function craneArguments(order: LaunchOrder, reference: string, ...args: string[]): string[] {
  const isPlain = order.insecureRegistries.includes(registryOf(reference) ?? '');
  return [order.programs.crane, ...(isPlain ? ['--insecure'] : []), ...args];
}

/** The image on the mirrors of its registry that may be reached, and on the registry itself. */
function placesOf(image: string, { mirrors, registries }: LaunchOrder): string[] {
  const { domain, path: repository, tag, digest } = parseReference(image);
  const registry = domain ?? 'docker.io';
  const isHub = registry === 'docker.io' || registry === 'index.docker.io';
  const below = isHub && !repository.includes('/') ? `library/${repository}` : repository;
  const version = digest === null ? `:${tag ?? 'latest'}` : `@${digest}`;
  const copies = mirrorsOf(registry, mirrors)
    .map((mirror) => `${mirror}/${below}${version}`)
    .filter((copy) => registries.includes(registryOf(copy) ?? ''));
  return [...copies, `${registry}/${below}${version}`];
}
