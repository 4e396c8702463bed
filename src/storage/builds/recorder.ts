import { randomUUID } from 'node:crypto';
import type { EndedBuild } from '../../domain/builds/pipeline-run.js';
import type { Recorder, TagRepairs } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { Turns } from '../turns.js';
import { moveTags } from './move-tags.js';
import { repairTag } from './repair-tag.js';
import { openMoves } from './tag-moves.js';
import { noteWait } from './tag-waits.js';
import { record } from './record.js';

/** Each move holds a connection while a registry answers; the others stay free for dispatch, and some for other registries. */
const MOVES_AT_ONCE = 6;
const MOVES_OF_A_REGISTRY = 3;
/** Waiting for a turn, for the lock of a tag and for the registry has to fit into one try of the tag step (30 s). */
const MOVE_TIMEOUT_MS = 10_000;

/** Final records of builds. Needs the role kiln_controller. `moveTimeoutMs` bounds the move of one tag, `onEnd` is told of each build that ended. */
export function createRecorder(
  db: Database,
  given: { readonly moveTimeoutMs?: number; readonly onEnd?: (ended: EndedBuild) => void } = {},
): Recorder {
  const moverId = randomUUID();
  const turns = new Turns(MOVES_AT_ONCE, MOVES_OF_A_REGISTRY);
  const moveTimeoutMs = given.moveTimeoutMs ?? MOVE_TIMEOUT_MS;
  return {
    moveTags: (lease, move, signal, withinMs = moveTimeoutMs) =>
      moveTags(db, lease, move, { moverId, turns, moveTimeoutMs: Math.min(withinMs, moveTimeoutMs), signal }),
    noteWait: (lease, repository, reason) => noteWait(db, lease, repository, reason),
    record: (buildId, lease, ending) => record(db, buildId, lease, ending, given.onEnd),
  };
}

/** Looks after moves of tags that were left open. Needs the role kiln_controller. */
export function createTagRepairs(db: Database): TagRepairs {
  return {
    open: (olderThanMs, limit) => openMoves(db, olderThanMs, limit),
    repair: (move, registry) => repairTag(db, move, registry),
  };
}
