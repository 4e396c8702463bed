import type { Project } from '../../../contracts/projects.js';
import type { Project as Stored } from '../../../ports/records.js';

/** A project as the API shows it. */
export function showProject({
  imageRepository,
  createdAt,
  destinations,
  retention,
  baseImageWatch,
  ...same
}: Stored): Project {
  return {
    ...same,
    image_repository: imageRepository,
    destinations: [...destinations],
    retention: retention && {
      ...retention,
      protected_tags: [...retention.protected_tags],
      expendable_tags: [...retention.expendable_tags],
    },
    base_image_watch: baseImageWatch,
    created_at: createdAt,
  };
}
