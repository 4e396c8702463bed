import type { Build } from '../../contracts/builds.js';
import { oneLine } from '../progress/build-view.js';

/** What a what-if changes, as the end of "with": `docker.io/library/alpine:3.21 in place of docker.io/library/alpine:3.20, no cache`. */
export function changesText({
  base,
  method,
  no_cache,
  platforms,
  build_args,
  target_stage,
}: NonNullable<Build['what_if']>['changes']): string {
  const told = [
    ...Object.entries(base ?? {}).map(([from, to]) => `${to} in place of ${from}`),
    ...(method === undefined ? [] : [`the method ${method}`]),
    ...(no_cache === undefined ? [] : ['no cache']),
    ...(platforms === undefined ? [] : [`the platform ${platforms.join(', ')}`]),
    ...(build_args ?? []).map((name) => `another value of ${name}`),
    ...(target_stage === undefined ? [] : [`the stage ${target_stage}`]),
  ];
  return told.length === 0 ? 'no change' : told.map(oneLine).join(', ');
}
