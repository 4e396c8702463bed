import { parentPort, workerData } from 'node:worker_threads';
import { readReports } from '../adapters/test-reports/read-reports.js';
import type { KeptArtifact } from '../domain/builds/artifact.js';

/** What a thread that reads test reports is given; it says what it has read, and nothing else. */
export interface ReportTask {
  readonly artifact: Pick<KeptArtifact, 'name' | 'mediaType'>;
  readonly path: string;
}

const { artifact, path } = workerData as ReportTask;
parentPort?.postMessage(await readReports(artifact, path));
