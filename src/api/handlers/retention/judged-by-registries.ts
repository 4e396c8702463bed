import type { JudgedImage, PrunePreview } from '../../../contracts/retention.js';
import type { PrunePlan } from '../../../ports/retention.js';
import type { Survey } from './survey-registries.js';

/** What goes and what stays by the rows and by what registries say: an image that is in use wherever it is goes from nowhere. */
export function judgedByRegistries(
  plan: PrunePlan,
  { absentFrom, inUseIn }: Survey,
): Pick<PrunePreview, 'goes' | 'stays'> {
  const goes: PrunePreview['goes'] = [];
  const stays: JudgedImage[] = [...plan.stays];
  for (const image of plan.goes) {
    const absent = absentFrom.get(image.image_id) ?? [];
    const inUse = inUseIn.get(image.image_id) ?? [];
    const [first] = inUse;
    if (first === undefined || absent.length + inUse.length < image.repositories.length) {
      goes.push({ ...image, absent_from: [...absent], in_use_in: inUse });
      continue;
    }
    const { image_id, manifest_digest, tags, last_published_at } = image;
    stays.push({ image_id, manifest_digest, tags, last_published_at, because: first.because });
  }
  return { goes, stays };
}
