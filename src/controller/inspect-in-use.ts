import { toKilnError } from '../domain/errors.js';
import type { ExploredImage } from '../ports/explorations.js';
import type { ImagesInUse, Sboms } from '../ports/sboms.js';
import type { FindScanner, Scanner, Scans } from '../ports/scans.js';
import { type Inspector, isSame } from './inspect-image.js';

const AT_ONCE = 20;

/**
 * Inspects the next images in use: makes bills of materials that are missing or whose bytes are lost, and scans what the database of the scanner has not judged yet.
 * Gives where to go on, null at the end. An image that cannot be fetched keeps none of the others waiting.
 */
export function createInspectInUse(deps: {
  readonly images: ImagesInUse;
  readonly sboms: Pick<Sboms, 'manifestsOf'>;
  readonly scans: Pick<Scans, 'known'>;
  readonly findScanner: FindScanner;
  readonly inspector: Pick<Inspector, 'inspectImage' | 'hasSbom' | 'giveUp'>;
}): (after: string | null, signal: AbortSignal) => Promise<string | null> {
  const { images, sboms, scans, findScanner, inspector } = deps;

  const isUpToDate = async (image: ExploredImage, scanner: Scanner | null): Promise<boolean> => {
    for (const { digest } of await sboms.manifestsOf(image)) {
      if (!(await inspector.hasSbom(image.tenantId, digest))) return false;
      if (scanner !== null && !isSame(await scans.known(image.tenantId, digest), scanner)) return false;
    }
    return true;
  };

  return async (after, signal) => {
    const found = await findScanner(signal);
    const scanner = 'failureReason' in found ? null : found;
    const page = await images.page(after, AT_ONCE);
    for (const { image } of page) {
      signal.throwIfAborted();
      if (await isUpToDate(image, scanner)) continue;
      try {
        await inspector.inspectImage(image, signal);
      } catch (error) {
        signal.throwIfAborted();
        await inspector.giveUp(image, toKilnError(error).message);
      }
    }
    return page.length < AT_ONCE ? null : (page.at(-1)?.cursor ?? null);
  };
}
