import { rebuildOnBase } from '../acceptance/rebuild-on-base.js';
import { startDelivery } from '../acceptance/start-delivery.js';
import { startSoon } from '../acceptance/start-soon.js';
import { createRunTick } from '../controller/run-tick.js';
import type { BuildWorkflows } from '../ports/build-workflows.js';
import type { DueRebuild } from '../ports/base-images.js';
import type { ScheduleClock } from '../ports/schedules.js';
import type { DueDelivery } from '../ports/webhooks.js';
import { type Database, openDatabase } from '../storage/database.js';
import type { Logger } from '../telemetry/logger.js';
import { openAcceptance } from './acceptance.js';

/** What the controller does in the name of tenants: accept builds that webhooks, schedules and moved images ask for. */
export interface ActingForTenants {
  /** Accepts the build of a tick of a schedule, once. */
  readonly runTick: ReturnType<typeof createRunTick>;
  /** Accepts the build of a delivery, once; gives its id. */
  readonly startDelivery: (delivery: DueDelivery) => Promise<string>;
  /** Accepts a build that moved images have started, once; gives its id. */
  readonly rebuildOnBase: (due: DueRebuild) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Opens sessions that have the role of the api: what is done in the name of a tenant sees that tenant alone. */
export function actForTenants({
  url,
  log,
  workflows,
  clock,
  ...given
}: Omit<Parameters<typeof openAcceptance>[0], 'database'> & {
  readonly url: string;
  readonly log: Logger;
  readonly workflows: Pick<BuildWorkflows, 'start'>;
  readonly clock: ScheduleClock;
}): ActingForTenants {
  const database: Database = openDatabase({
    url,
    role: 'kiln_api',
    poolSize: 4,
    applicationName: 'kiln controller for tenants',
    onIdleError: (error) => log.warn({ error }, 'a connection to PostgreSQL broke'),
  });
  const acceptance = openAcceptance({ database, ...given });
  const events = {
    buildStartDeferred: ({ buildId, error }: { buildId: string; error: unknown }) =>
      log.warn({ err: error, build_id: buildId }, 'the workflow of a build is started a second later'),
  };
  return {
    runTick: createRunTick({ clock, acceptance, workflows, events }),
    startDelivery: async (delivery) => {
      const { build, created } = await startDelivery(acceptance, delivery);
      if (created) startSoon({ workflows, events }, { tenantId: delivery.tenantId, userId: null }, build);
      return build.id;
    },
    rebuildOnBase: async (due) => {
      const { build, created } = await rebuildOnBase(acceptance, due);
      if (created) startSoon({ workflows, events }, { tenantId: due.tenantId, userId: null }, build);
      return build.id;
    },
    close: () => database.destroy(),
  };
}
