import type { listBaseImageMoves as operation } from '../../../contracts/base-images.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showMove } from './show-move.js';

const SHOWN = 100;

export function listBaseImageMoves(deps: Pick<ApiDeps, 'baseImages'>): Handler<typeof operation> {
  return async ({ caller }) => ({
    status: 200,
    body: { items: (await deps.baseImages.moves(caller, SHOWN)).map(showMove) },
  });
}
