import type { OpenUpload } from '../src/domain/builds/publication.js';
import type { UploadMemory } from '../src/ports/image-registry.js';

/** The uploads of one copy that are under way, beginning with those of an earlier try. */
export class OpenUploads implements UploadMemory {
  readonly #uploads: Map<string, OpenUpload>;

  constructor(earlier: readonly OpenUpload[]) {
    this.#uploads = new Map(earlier.map((upload) => [upload.digest, upload]));
  }

  get all(): OpenUpload[] {
    return [...this.#uploads.values()];
  }

  find(digest: string): OpenUpload | undefined {
    return this.#uploads.get(digest);
  }

  keep(upload: OpenUpload): void {
    this.#uploads.set(upload.digest, upload);
  }

  forget(digest: string): void {
    this.#uploads.delete(digest);
  }
}
