import { inFlight } from './in-flight.mjs';
import { NOOP_METHOD } from './noop-host.mjs';

/** Remote activities of a build that ends well: its build, its publication, and the signing that it leads to. */
export const ACTIVITIES_OF_A_BUILD = 3;

/** Builds a second with all their records, `atOnce` of them accepted and not ended at any time. */
export async function buildsPerSecond(site, { builds, atOnce, method = NOOP_METHOD }) {
  const startMs = performance.now();
  await inFlight(builds, atOnce, async () => {
    const { id } = await site.accept('noop', method);
    await site.ended(id);
  });
  return builds / ((performance.now() - startMs) / 1000);
}
