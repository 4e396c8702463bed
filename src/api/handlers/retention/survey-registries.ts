import { timeLimit } from '../../../domain/time-limit.js';
import type { PrunePreview } from '../../../contracts/retention.js';
import { nameProject } from '../../../domain/builds/name-project.js';
import { KilnError, toKilnError } from '../../../domain/errors.js';
import type { ImageRegistry, TaggedManifest } from '../../../ports/image-registry.js';
import type { PrunePlan } from '../../../ports/retention.js';

/** Under the time that a client waits for an answer. */
const TIME_MS = 15_000;
const HEADS_AT_ONCE = 8;

type Going = PrunePlan['goes'][number];
export type SurveyingRegistry = Pick<ImageRegistry, 'tagged' | 'head'>;

/** What registries say of images that are to go, by the id of the image; of repositories in `troubles` nothing is known. */
export interface Survey {
  readonly absentFrom: ReadonlyMap<string, readonly string[]>;
  readonly inUseIn: ReadonlyMap<string, PrunePreview['goes'][number]['in_use_in']>;
  readonly troubles: PrunePreview['troubles'];
}

/** Where the registries are not asked. */
export const NO_SURVEY: Survey = { absentFrom: new Map(), inUseIn: new Map(), troubles: [] };

/**
 * Asks the registry of each repository which of the images it has, and for tags that keep one: all but those that builds have set and that go
 * with it. Removes nothing. What cannot be asked in time is a trouble of its repository.
 */
export async function surveyRegistries(
  registry: SurveyingRegistry,
  { goes, project }: { readonly goes: readonly Going[]; readonly project: string },
  left: AbortSignal,
): Promise<Survey> {
  const absentFrom = new Map<string, string[]>();
  const inUseIn = new Map<string, PrunePreview['goes'][number]['in_use_in']>();
  const troubles: PrunePreview['troubles'] = [];
  const timeUp = timeLimit(TIME_MS);
  const signal = AbortSignal.any([left, timeUp]);
  for (const repository of [...new Set(goes.flatMap(({ repositories }) => repositories))].sort()) {
    const here = goes.filter(({ repositories }) => repositories.includes(repository));
    try {
      const others = (await registry.tagged(repository, signal)).filter(
        (one) => !here.some((image) => isOwnTag(image, repository, one)),
      );
      const present = await presentOf(registry, repository, here, signal);
      for (const image of here) {
        const { image_id: id, manifest_digest: digest } = image;
        const holder = others.find((one) => holds(one, digest));
        if (!present.has(image)) absentFrom.set(id, [...(absentFrom.get(id) ?? []), repository]);
        else if (holder !== undefined) {
          const because = `the tag ${holder.tag} points at it`;
          inUseIn.set(id, [...(inUseIn.get(id) ?? []), { repository, because }]);
        }
      }
    } catch (thrown) {
      troubles.push(troubleOf(repository, project, timeUp.aborted ? tookTooLong(repository) : thrown));
    }
  }
  return { absentFrom, inUseIn, troubles };
}

function isOwnTag(image: Going, repository: string, { tag, digest }: TaggedManifest): boolean {
  return digest === image.manifest_digest && image.tags.includes(`${repository}:${tag}`);
}

function holds({ digest, children }: TaggedManifest, wanted: string): boolean {
  return digest === wanted || children.includes(wanted);
}

async function presentOf(
  registry: SurveyingRegistry,
  repository: string,
  images: readonly Going[],
  signal: AbortSignal,
): Promise<ReadonlySet<Going>> {
  const waiting = [...images];
  const present = new Set<Going>();
  const lane = async (): Promise<void> => {
    for (let image = waiting.shift(); image !== undefined; image = waiting.shift())
      if ((await registry.head(repository, image.manifest_digest, signal)) !== null) present.add(image);
  };
  await Promise.all(Array.from({ length: HEADS_AT_ONCE }, lane));
  return present;
}

function tookTooLong(repository: string): KilnError {
  return new KilnError('registry_unreachable', {
    message: `${repository} could not be looked through in ${TIME_MS / 1000} s.`,
  });
}

function troubleOf(repository: string, project: string, thrown: unknown): PrunePreview['troubles'][number] {
  const { code, message, fix } = toKilnError(thrown);
  return { repository, code, message, fix: nameProject(fix, project) };
}
