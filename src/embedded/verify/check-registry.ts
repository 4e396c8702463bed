import { createSealer } from '../../adapters/keyring/sealer.js';
import { createImageRegistry } from '../../adapters/registry/image-registry.js';
import { openTransport } from '../../adapters/registry/transport.js';
import { inParallel } from '../../adapters/blobs/in-parallel.js';
import { toKilnError } from '../../domain/errors.js';
import type { ImageRegistry } from '../../ports/image-registry.js';
import { transportOptions } from '../../adapters/registry/transport-options.js';
import type { Database } from '../../storage/database.js';
import { createSecretVault } from '../../storage/secrets/secret-vault.js';
import { type CheckResult, Findings } from '../../storage/verify/check.js';
import type { RecordedImage } from '../../storage/verify/stored-values.js';
import type { Place } from '../place.js';

const HEAD = {
  name: 'registry',
  holds:
    'The registries serve every published image by its digest, and under its tags; and under no tag what a build could not publish.',
};

/** What stands in the place of the check where it cannot be made. */
export function registryNotAsked(because: string): CheckResult {
  return { ...HEAD, wrong: 0, examples: [], note: `not asked: ${because}` };
}

/**
 * Asks the registries for every recorded image and tag. What looks wrong is asked for once more if it is still recorded so then: tags
 * move while this goes on. A tag that a build moves which is not over may serve another image: a registry that was copied after the
 * rows, or that outlived them, has what such a build published meanwhile. It moves the tag again. Of a registry that does not say what a tag of a
 * build that came to nothing serves, which may be why it did, nothing is known, and nothing said to be wrong.
 */
export async function checkRegistry(
  place: Pick<Place, 'config' | 'keyringFile'>,
  controller: Database,
  list: () => Promise<RecordedImage[]>,
): Promise<CheckResult> {
  const transport = openTransport(transportOptions(place.config));
  const vault = createSecretVault(controller, createSealer(place.keyringFile));
  const askFor = ({ tenantId, projectId, ...image }: RecordedImage): Promise<Trouble | null> => {
    const credentials = (host: string) => vault.registryCredential(tenantId, projectId, host);
    return ask(createImageRegistry({ transport, credentials }), image);
  };
  const images = await list();
  const suspects = new Set<string>();
  await inParallel(images, async (image) => {
    if ((await askFor(image)) !== null) suspects.add(keyOf(image));
  });
  const findings = new Findings();
  let underWay = 0;
  const closed: string[] = [];
  const silent: string[] = [];
  for (const image of suspects.size === 0 ? [] : await list()) {
    const trouble = suspects.has(keyOf(image)) ? await askFor(image) : null;
    if (trouble?.kind === 'closed') closed.push(trouble.text);
    else if (trouble?.kind === 'wrong' && !image.isPublished) silent.push(trouble.text);
    else if (trouble?.kind === 'other' && image.mayMove) underWay += 1;
    else if (trouble !== null) findings.add(trouble.text);
  }
  const notes = [
    `${String(images.length - closed.length - silent.length)} images and tags asked for`,
    ...(underWay === 0
      ? []
      : [`${String(underWay)} tags with another image are moved by builds that are not over`]),
    ...(silent.length === 0
      ? []
      : [`${String(silent.length)} tags of builds that came to nothing are not known: ${silent[0] ?? ''}`]),
    ...(closed.length === 0
      ? []
      : [
          `${String(closed.length)} not asked for: ${closed[0] ?? ''} Give this command what its processes have`,
        ]),
  ];
  return { ...HEAD, wrong: findings.wrong, examples: findings.examples, note: notes.join('; ') };
}

interface Trouble {
  readonly text: string;
  /** The tag serves another image; the registry is one that this command may not go to; anything else. */
  readonly kind: 'other' | 'closed' | 'wrong';
}

type AskedImage = Pick<RecordedImage, 'repository' | 'digest' | 'tag' | 'isPublished'>;

function keyOf({ repository, digest, tag }: AskedImage): string {
  return `${repository} ${digest} ${tag ?? ''}`;
}

async function ask(registry: ImageRegistry, image: AskedImage): Promise<Trouble | null> {
  const { repository, digest, tag, isPublished } = image;
  const name = tag === null ? `${repository}@${digest}` : `${repository}:${tag}`;
  try {
    const head = await registry.head(repository, tag ?? digest);
    if (!isPublished) {
      if (head?.digest !== digest) return null;
      return { text: `${name} is ${digest}, which no build has published there`, kind: 'other' };
    }
    if (head === null) return { text: `${name} is absent`, kind: 'wrong' };
    if (head.digest === digest) return null;
    return { text: `${name} is ${head.digest}, recorded is ${digest}`, kind: 'other' };
  } catch (error) {
    const { code, message } = toKilnError(error);
    if (code === 'host_not_allowed') return { text: message, kind: 'closed' };
    return { text: `${name}: ${message}`, kind: 'wrong' };
  }
}
