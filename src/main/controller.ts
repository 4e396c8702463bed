import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { createControlActivities } from '../../activities/control-activities.js';
import { CONTROL_TASK_QUEUE } from '../../workflows/contract.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import { createBuildWorkflows } from '../adapters/temporal/build-workflows.js';
import { loadControllerConfig } from '../config.js';
import { startExpiry } from '../controller/expiry.js';
import { startRelay } from '../controller/relay.js';
import { createChangeFeed } from '../storage/change-feed.js';
import { openDatabase } from '../storage/database.js';
import { createLogger } from '../telemetry/logger.js';
import { startHealthServer } from './health.js';
import { aborted, stoppingSignal } from './stopping.js';
import { connectPatiently } from './temporal-connection.js';

/** The controller: workflows, control activities, the outbox relay and lease expiry. */
async function main(): Promise<void> {
  const stopping = stoppingSignal();
  const config = loadControllerConfig();
  const log = createLogger('controller', config.logLevel);
}

await main();
