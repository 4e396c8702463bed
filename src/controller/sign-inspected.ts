import type { Attestations } from '../ports/attestations.js';
import type { Inspector } from './inspect-image.js';

/** An inspector after whose work the bill of materials is asked to be signed. */
export function signInspected(
  attestations: Pick<Attestations, 'askForImage'>,
  inspector: Inspector,
): Inspector {
  return {
    ...inspector,
    inspectImage: async (image, signal) => {
      await inspector.inspectImage(image, signal);
      await attestations.askForImage(image);
    },
  };
}
