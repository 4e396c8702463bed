import { retryBuild as retryOperation } from '../../../contracts/build-operations.js';
import { rebuildBuild as rebuildOperation } from '../../../contracts/rebuild.js';
import { whatIfBuild as whatIfOperation } from '../../../contracts/what-if.js';
import type { ApiDeps } from '../../deps.js';
import { bind, type Bound } from '../../call.js';
import { rebuildBuild } from './rebuild-build.js';
import { retryBuild } from './retry-build.js';
import { whatIfBuild } from './what-if-build.js';

/** The operations that build again what a build was to build, or has built. */
export function bindAgain(deps: ApiDeps): Bound[] {
  return [
    bind(retryOperation, retryBuild(deps)),
    bind(rebuildOperation, rebuildBuild(deps)),
    bind(whatIfOperation, whatIfBuild(deps)),
  ];
}
