import type { Recorder } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { Turns } from '../turns.js';
import { moveTags } from './move-tags.js';
import { record } from './record.js';

/** Each move holds a connection while a registry answers; the others stay free for dispatch. */
const MOVES_AT_ONCE = 3;
const MOVE_TIMEOUT_MS = 25_000;

/** Final records of builds. Needs the role kiln_controller. `moveTimeoutMs` bounds the move of one tag. */
export function createRecorder(db: Database, given: { moveTimeoutMs?: number } = {}): Recorder {
  const turns = new Turns(MOVES_AT_ONCE);
  const moveTimeoutMs = given.moveTimeoutMs ?? MOVE_TIMEOUT_MS;
  return {
    moveTags: (lease, move, signal) => moveTags(db, lease, move, { turns, moveTimeoutMs, signal }),
    record: (buildId, lease, ending) => record(db, buildId, lease, ending),
  };
}
