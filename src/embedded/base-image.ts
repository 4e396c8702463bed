import { busyboxLayer } from './base-image/busybox-layer.js';
import { isPublicBaseImageServed, PUBLIC_BASE_IMAGE } from './base-image/public-base-image.js';
import { packageDatabaseLayer, type PackageManager } from './base-image/package-database.js';
import { pushImage } from './base-image/push-image.js';
import { systemImage } from './base-image/single-layer-image.js';
import { ensurePrograms, type ProgramOptions } from './programs.js';

/** The base image of the example. `reference` is the value of its build argument BASE. */
export interface BaseImage {
  readonly reference: string;
  readonly origin: 'public' | 'local';
}

export interface BaseImageOptions {
  /** Of the local registry, for instance http://127.0.0.1:5000. */
  readonly registryUrl: string;
  /** Whose database an image that is made here has; none unless set. */
  readonly packageManager?: PackageManager;
  readonly programs?: ProgramOptions;
  /** How long the public registry may take to answer. Default 2 s. */
  readonly publicTimeoutMs?: number;
}

/**
 * Gives a base image that can really be pulled: the public one when its registry answers at once, else one made from
 * a static busybox and pushed to the local registry. May be repeated: the same busybox gives the same image.
 */
export async function provideBaseImage(options: BaseImageOptions): Promise<BaseImage> {
  if (await isPublicBaseImageServed(options.publicTimeoutMs ?? 2_000)) {
    return { reference: PUBLIC_BASE_IMAGE, origin: 'public' };
  }
  const { busybox } = await ensurePrograms(['busybox'], options.programs);
  const { packageManager: manager } = options;
  const image = systemImage([
    { ...(await busyboxLayer(busybox.path)), createdBy: 'busybox root file system' },
    ...(manager === undefined ? [] : [await packageDatabaseLayer(manager, busybox.version)]),
  ]);
  const tag = manager === undefined ? busybox.version : `${busybox.version}-${manager}`;
  const target = { registryUrl: options.registryUrl, repository: 'base/busybox', tag };
  await pushImage(image, target);
  return {
    reference: `${new URL(options.registryUrl).host}/${target.repository}:${target.tag}`,
    origin: 'local',
  };
}
