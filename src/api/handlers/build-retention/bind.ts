import * as buildRetention from '../../../contracts/build-retention-operations.js';
import { bind, type Bound } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { changeBuildRetention, getBuildRetention } from './manage-build-retention.js';
import { getBuildPrune, previewBuildPrune, pruneBuilds } from './prune-builds.js';

/** The operations on the retention of builds with their handlers. */
export function bindBuildRetention(deps: ApiDeps): Bound[] {
  return [
    bind(buildRetention.getBuildRetention, getBuildRetention(deps)),
    bind(buildRetention.changeBuildRetention, changeBuildRetention(deps)),
    bind(buildRetention.previewBuildPrune, previewBuildPrune(deps)),
    bind(buildRetention.pruneBuilds, pruneBuilds(deps)),
    bind(buildRetention.getBuildPrune, getBuildPrune(deps)),
  ];
}
