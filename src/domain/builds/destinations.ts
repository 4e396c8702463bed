import { KilnError } from '../errors.js';
import { cacheReferenceOf } from './cache.js';
import type { Settings } from './settings.js';
import { splitDestination } from './staging.js';

/**
 * The tags that a build of this number moves, as `repository:tag`: those that were named, else those of the project, else the
 * project's own repository. A repository without a tag gets the build's number and `latest`.
 */
export function destinationsOf(
  named: readonly string[],
  project: { readonly destinations: readonly string[]; readonly imageRepository: string },
  buildNumber: number,
): string[] {
  const chosen = [named, project.destinations].find(({ length }) => length > 0) ?? [project.imageRepository];
  return [...new Set(chosen.flatMap((text) => withTags(text, buildNumber)))];
}

/** Whether the tag of a destination is the number that Kiln gave it, beside `latest`, because nobody named a tag. */
export function isNumbered(destination: string, buildNumber: number, all: readonly string[]): boolean {
  const ending = `:${buildNumber}`;
  return destination.endsWith(ending) && all.includes(`${destination.slice(0, -ending.length)}:latest`);
}

/**
 * Whatever is pushed because a build file says so stays in the project's own repositories: who may change a source may not push elsewhere
 * with the project's credentials. Raises destination_not_allowed.
 */
export function refuseForeignPushes(
  file: Pick<Settings, 'destinations' | 'cache_to' | 'cache_repo'>,
  project: { readonly destinations: readonly string[]; readonly imageRepository: string },
): void {
  const own = new Set([project.imageRepository, ...project.destinations].map(repositoryOf));
  const caches = [file.cache_to ?? []].flat().flatMap((text) => cacheReferenceOf(text) ?? []);
  const pushed = [
    ...(file.destinations ?? []).map((text) => ['pushes to', text] as const),
    ...caches.map((text) => ['writes a cache (cache.to) to', text] as const),
    ...[file.cache_repo ?? []].flat().map((text) => ['keeps its cache (cache.repo) in', text] as const),
  ];
  for (const [does, text] of pushed) {
    if (own.has(repositoryOf(text))) continue;
    throw new KilnError('destination_not_allowed', {
      message: `The build file ${does} ${text}, which is no repository of the project: ${[...own].join(', ')}.`,
    });
  }
}

function repositoryOf(text: string): string {
  return splitDestination(text).repository;
}

function withTags(text: string, buildNumber: number): string[] {
  const hasTag = text.lastIndexOf(':') > text.lastIndexOf('/');
  return hasTag ? [text] : [`${text}:${buildNumber}`, `${text}:latest`];
}
