import type { InspectedImage, InspectedManifest } from '../../src/domain/builds/outcome.js';
import { anImage } from './builds.js';

/** An index of two images that share their base layer; the app of each is made by a step of its own. */
export function anIndex(): InspectedImage {
  const { repository, baseImage, ...index } = anImage('index', []);
  const platformImages = ['amd64', 'arm64'].map((arch, at): InspectedManifest => {
    const { repository: _repository, baseImage: _base, ...one } = anImage(arch, ['shared base', arch]);
    const [base, app] = one.layers;
    return { ...one, platform: `linux/${arch}`, layers: [base!, { ...app!, stepNumber: at + 1 }] };
  });
  return { ...index, repository, baseImage, configDigest: null, platform: null, platformImages };
}
