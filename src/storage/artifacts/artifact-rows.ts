import type { ArtifactExpiry, ArtifactRows } from '../../ports/artifacts.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';
import { expireArtifacts } from './expire-artifacts.js';
import { findArtifact } from './find-artifact.js';
import { keepArtifact, needContent } from './keep-artifact.js';

/** The rows of artifacts, as those who make them after builds and let them go need them. Works under the role kiln_controller. */
export function createArtifactRows(db: Database): ArtifactRows & ArtifactExpiry {
  return {
    need: (tenantId, content) => needContent(db, tenantId, content),
    keep: (artifact, content, place) => keepArtifact(db, artifact, content, place),
    expire: (limit) => expireArtifacts(db, limit),
    find: async (key) => {
      const found = await transact(db, (tx) => findArtifact(tx, key));
      return found?.isStored === true ? found : null;
    },
  };
}
