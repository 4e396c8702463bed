import type { Project } from '../../../contracts/projects.js';
import type { Project as Stored } from '../../../ports/records.js';

/** A project as the API shows it. */
export function showProject({ id, slug, name, imageRepository, createdAt }: Stored): Project {
  return { id, slug, name, image_repository: imageRepository, created_at: createdAt };
}
