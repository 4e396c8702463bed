import { dockerfileCase } from './dockerfile-case.js';
import type { MethodCase } from './method-case.js';
import { paketoCase } from './paketo-case.js';
import { packerCase } from './packer-case.js';

/** Every build method, one entry each. The suite fails where one is missing. */
export const METHOD_CASES: readonly MethodCase[] = [
  dockerfileCase('buildx'),
  dockerfileCase('container'),
  dockerfileCase('kaniko', {
    refusesSecrets: 'kaniko cannot mount secrets',
    cacheOptions: ({ access }) => ({ cache_repo: `${access.registry}/conformance/cache` }),
  }),
  paketoCase,
  packerCase(),
];
