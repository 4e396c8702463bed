import type { cancelBuild as operation } from '../../../contracts/build-operations.js';
import { isTerminal } from '../../../domain/builds/status.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

/** The stored wish is the message; the signal only makes it quick, and the outbox repeats it. */
export function cancelBuild(
  deps: Pick<ApiDeps, 'builds' | 'workflows' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const build = await deps.builds.requestCancel(caller, params.build);
    if (!isTerminal(build.status)) {
      deps.events.cancelRequested({ buildId: build.id });
      deps.workflows
        .signalCancel(build.id)
        .catch((error: unknown) => deps.events.cancelSignalDeferred({ buildId: build.id, error }));
    }
    return { status: 202, body: build };
  };
}
