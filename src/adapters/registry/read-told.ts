import { KilnError } from '../../domain/errors.js';
import { isSamePlatform } from '../../domain/images/platform.js';
import type { ToldByImage } from '../../domain/secrets/told-by-image.js';
import type { Repository, ToldQuery } from '../../ports/image-registry.js';
import type { RegistryClient } from './client.js';
import { platformOf } from './inspect.js';
import { type ImageConfig, type ImageIndex, readConfig } from './manifest.js';
import { getManifest, getSmallBlob, type ReadOptions } from './read.js';

/** Of an index that has none of the wanted platforms no more images are read than these. */
const MAX_IMAGES = 16;

/** See ImageRegistry.told. */
export async function readTold(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  { platforms, mayComeFromMirror }: ToldQuery,
  signal?: AbortSignal,
): Promise<ToldByImage> {
  const options: ReadOptions = { mayComeFromMirror };
  const find = async (reference: string) =>
    (await getManifest(client, repository, reference, signal, options)).content;
  const named = await find(digest);
  const images = 'index' in named ? await Promise.all(wantedOf(named.index, platforms).map(find)) : [named];
  const told = await Promise.all(
    images.map(async (one) => {
      if ('index' in one)
        throw new KilnError('registry_failed', {
          message: `${repository}@${digest} is an index of indexes.`,
        });
      const config = await getSmallBlob(client, repository, one.image.config.digest, signal, options);
      return toldBy(readConfig(config));
    }),
  );
  return {
    envVars: told.flatMap(({ envVars }) => envVars),
    history: told.flatMap(({ history }) => history),
  };
}

/** What a configuration tells of whoever has made it. */
export function toldBy({ config, history }: ImageConfig): ToldByImage {
  return {
    envVars: config?.Env ?? [],
    history: history?.flatMap(({ created_by: line }) => line ?? []) ?? [],
  };
}

/** The images of these platforms; where there is none, those that a builder may take instead. Attestations are none. */
function wantedOf({ manifests }: ImageIndex, platforms: readonly string[]): string[] {
  const images = manifests.filter((one) => one.platform?.os !== 'unknown');
  const wanted = images.filter((one) => {
    const own = one.platform === undefined ? null : platformOf(one.platform);
    return own === null || platforms.some((platform) => isSamePlatform(own, platform));
  });
  return (wanted.length > 0 ? wanted : images).slice(0, MAX_IMAGES).map((one) => one.digest);
}
