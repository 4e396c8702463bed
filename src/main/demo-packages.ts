import { readCycloneDx } from '../adapters/inspection/read-cyclonedx.js';
import { exploreLayer } from '../adapters/layers/explore-layer.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import { splitDestination } from '../domain/builds/staging.js';
import { ImageContentsMaker } from '../domain/images/image-contents.js';
import { EXPLORATION_LIMITS } from '../domain/images/exploration.js';
import type { ImagePackage } from '../domain/packages/image-package.js';
import type { DemoCheck } from './demo-verify.js';

const SHOWN = 3;

/** The packages of dpkg and apk that the files of an image name, read from its layers in the registry. */
export async function packagesInside(image: string, digest: string): Promise<readonly ImagePackage[]> {
  const registry = createImageRegistry();
  const { repository } = splitDestination(image);
  const contents = new ImageContentsMaker();
  for (const layer of (await registry.inspect(repository, digest)).layers)
    contents.take(await exploreLayer(registry.readBlob(repository, layer.digest), EXPLORATION_LIMITS));
  return contents.finish().packages ?? [];
}

/** Whether a bill of materials in CycloneDX names the packages of dpkg and apk that are inside, each with its version, and no other. */
export function comparePackages(cyclonedx: string, inside: readonly ImagePackage[]): DemoCheck {
  const billed = readCycloneDx(cyclonedx).packages.filter(({ type }) => type === 'deb' || type === 'apk');
  const [left, right] = [billed, inside].map((all) =>
    all.map(({ type, name, version }) => `${type} ${name} ${version}`).sort(),
  ) as [string[], string[]];
  const odd = [
    ...left.filter((one) => !right.includes(one)),
    ...right.filter((one) => !left.includes(one)),
  ].slice(0, SHOWN);
  const isSame = odd.length === 0 && left.length === right.length;
  const named = isSame ? left.slice(0, SHOWN) : odd;
  const sign = isSame ? '=' : '≠';
  return {
    by: 'kiln',
    name: 'packages',
    state: isSame ? 'holds' : 'fails',
    text: `${left.length} in the bill of materials ${sign} ${right.length} in the package databases of the image${named.length === 0 ? '' : ` (${named.join(', ')})`}`,
  };
}
