import type { Recorder } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { moveTags } from './move-tags.js';
import { record } from './record.js';

/** Final records of builds. Needs the role kiln_controller. */
export function createRecorder(db: Database): Recorder {
  return {
    moveTags: (lease, move) => moveTags(db, lease, move),
    record: (buildId, lease, ending) => record(db, buildId, lease, ending),
  };
}
