import type { followBuild as operation } from '../../../contracts/log-operations.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { BuildSnapshots } from '../../streams/build-snapshots.js';
import type { Doorbell } from '../../streams/doorbells.js';
import type { EventStream } from '../../streams/event-stream.js';
import { readPatiently } from '../../streams/read-patiently.js';
import type { QueueReads } from '../../streams/queue-reads.js';
import type { Viewers } from '../../streams/viewers.js';

/** Streams the build, its place in the queue and its steps: everything first, then only what has changed. */
export function followBuild(
  deps: Pick<ApiDeps, 'builds'>,
  viewers: Viewers,
  queues: QueueReads,
): Handler<typeof operation> {
  const snapshots = new BuildSnapshots(deps.builds, queues);
  return async ({ caller, params }) => {
    await deps.builds.get(caller, params.build);
    return {
      status: 200,
      stream: (response) =>
        viewers.show('build', params.build, response, (stream, bell) =>
          follow(snapshots, caller, params.build, stream, bell),
        ),
    };
  };
}

async function follow(
  snapshots: BuildSnapshots,
  tenant: TenantContext,
  buildId: string,
  stream: EventStream,
  bell: Doorbell,
): Promise<void> {
  const shown = new Map<string, string>();
  for (;;) {
    const reading = await readPatiently(bell, stream.signal, (generation) =>
      snapshots.read(tenant, buildId, generation),
    );
    if (reading === null) return;
    const snapshot = reading.answer;
    for (const [key, frame] of snapshot.frames) {
      if (shown.get(key) === frame) continue;
      shown.set(key, frame);
      if (!(await stream.write(frame))) return;
    }
    if (snapshot.end !== null) {
      await stream.write(snapshot.end);
      return;
    }
    await bell.changedSince(reading.generation, stream.signal);
  }
}
