import type { CacheFacts } from '../../../src/ports/cache-facts.js';

/** What is known of a build that has done nothing. */
export const NO_FACTS: CacheFacts = {
  ...{ method: 'buildx', steps: [], usesCache: true, buildArgs: {}, host: null, commit: null },
  network: 'default',
  ...{ pins: new Map(), uploadSha256: null, contextFolder: '.', target: null },
  ...{ dockerfileInline: null, dockerfilePath: 'Dockerfile' },
};
