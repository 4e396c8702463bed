import { imagesOfBuild } from '../domain/images/dockerfile/needed-images.js';
import type { NamedDockerfile } from '../ports/engine.js';
import type { RegistryCredential } from '../ports/secrets.js';
import type { RunDeps } from './deps.js';
import type { RunSecrets } from './secrets.js';

/**
 * Hides what looks secret in the images that a build stands on, before anything of it runs. Gives those that could not be read: the builder
 * asks for them again, and its own words are what people see.
 */
export async function hideBases(
  { baseSecrets, registryFor }: Pick<RunDeps, 'baseSecrets' | 'registryFor'>,
  secrets: RunSecrets,
  build: {
    readonly dockerfile: (NamedDockerfile & { readonly text: string }) | null;
    /** Images that the options name. */
    readonly images: readonly string[];
  },
  access: Promise<readonly RegistryCredential[]>,
  resolving: Promise<Readonly<Record<string, string>>>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { dockerfile } = build;
  const named = dockerfile === null ? null : imagesOfBuild(dockerfile.text, dockerfile);
  const [known, digests] = await Promise.all([access, resolving]);
  const images = {
    names: [...build.images, ...(named?.images ?? [])],
    platforms: [...(dockerfile?.platforms ?? []), ...(named?.platforms ?? [])],
    digests,
  };
  const { values, unread } = await baseSecrets.read(registryFor(known), images, signal);
  await secrets.hide(values);
  return unread;
}

/** What the log says of images that could not be read. */
export function unreadBasesLine(names: readonly string[]): string {
  return `The registry did not tell the whole configuration of ${names.join(', ')} in time: what looks secret in its variables is not hidden in this log.`;
}
