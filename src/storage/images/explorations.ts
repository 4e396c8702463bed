import type { Explorations } from '../../ports/explorations.js';
import type { Database } from '../database.js';
import { askAgain } from './ask-again.js';
import { saveBase, standingImages } from './base-images.js';
import { finishExploration, giveUpExploration, noteFailedTry } from './finish-exploration.js';
import { finishIndex } from './finish-index.js';
import { saveLayer } from './save-layer.js';
import { unexplored } from './unexplored.js';

/** Explorations of images as the controller makes them. Needs the role kiln_controller. */
export function createExplorations(db: Database): Explorations {
  return {
    unexplored: (image) => unexplored(db, image),
    saveLayer: (tenantId, digest, layer) => saveLayer(db, tenantId, digest, layer),
    finish: (tenantId, digest, contents) => finishExploration(db, tenantId, digest, contents),
    finishIndex: (tenantId, digest) => finishIndex(db, tenantId, digest),
    standing: (image) => standingImages(db, image),
    saveBase: (tenantId, image, base) => saveBase(db, tenantId, image, base),
    askAgain: (olderThanMs) => askAgain(db, olderThanMs),
    noteFailedTry: (tenantId, digest, reason) => noteFailedTry(db, tenantId, digest, reason),
    giveUp: (tenantId, digest, reason) => giveUpExploration(db, tenantId, digest, reason),
  };
}
