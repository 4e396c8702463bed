import type { ArtifactRows } from '../../ports/artifacts.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';
import { findArtifact } from './find-artifact.js';
import { keepArtifact, needContent } from './keep-artifact.js';

/** The rows of artifacts that are made after builds. Works under the role kiln_controller. */
export function createArtifactRows(db: Database): ArtifactRows {
  return {
    need: (tenantId, content) => needContent(db, tenantId, content),
    keep: (artifact, content, place) => keepArtifact(db, artifact, content, place),
    find: async (key) => {
      const found = await transact(db, (tx) => findArtifact(tx, key));
      return found?.isStored === true ? found : null;
    },
  };
}
