import type { resumeBaseImageMove as operation } from '../../../contracts/base-images.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showMove } from './show-move.js';

export function resumeBaseImageMove(deps: Pick<ApiDeps, 'baseImages' | 'events'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const move = await deps.baseImages.resume(caller, params.move);
    deps.events.baseImageMoveResumed({ moveId: move.id, reference: move.reference });
    return { status: 200, body: showMove(move) };
  };
}
