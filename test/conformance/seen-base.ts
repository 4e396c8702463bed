import type { BaseImageUse, Build, BuildLayer } from '../../src/contracts/builds.js';
import type { ImageDetail } from '../../src/contracts/images.js';
import type { TestKiln } from '../scenarios/kiln.js';

/** What the record says of the base image of a build, once its image was explored. */
export async function seenBase(kiln: TestKiln, build: Build) {
  const items = async <Item>(path: string): Promise<Item[]> =>
    (await kiln.json<{ items: Item[] }>('GET', `/v1/builds/${build.id}/${path}`)).items;
  const image = await kiln.json<ImageDetail>('GET', `/v1/images/${build.image_id}?wait_seconds=30`);
  const [base] = await items<BaseImageUse>('base-images');
  const [lowest] = await items<BuildLayer>('layers');
  return {
    exploration: [image.exploration.state, image.exploration.failure_reason],
    reference: base?.reference,
    digest: base?.digest,
    lowest: [
      `${lowest?.base_image_name}:${lowest?.base_image_tag}`,
      lowest?.base_image_digest,
      lowest?.is_base_layer,
    ],
  };
}
