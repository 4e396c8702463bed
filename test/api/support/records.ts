import type { Build, LogChunk } from '../../../src/contracts/builds.js';
import * as records from '../../support/api-records.js';

export const TENANT = {
  tenantId: '0190a000-0000-7000-8000-000000000001',
  userId: '0190a000-0000-7000-8000-000000000002',
};
export const OTHER_TENANT = { tenantId: '0190a000-0000-7000-8000-0000000000ff', userId: null };
export const PROJECT_ID = '0190a000-0000-7000-8000-000000000010';
export const BUILD_ID = '0190a000-0000-7000-8000-000000000020';
export const RETRY_ID = '0190a000-0000-7000-8000-000000000021';
export const UPLOAD_ID = '0190a000-0000-7000-8000-000000000030';
export const LEASE_ID = '0190a000-0000-7000-8000-000000000040';
export const WORKER_ID = '0190a000-0000-7000-8000-000000000050';
export const NOBODY_ID = '0190a000-0000-7000-8000-00000000dead';
export const NOW = '2026-01-02T03:04:05.678Z';

/** The one build of the fake stores. */
export function aBuild(given: records.BuildFields = {}): Build {
  return records.aBuild({
    id: BUILD_ID,
    project_id: PROJECT_ID,
    status: 'queued',
    destinations: ['localhost:5000/hello:1'],
    attempts: 0,
    ...given,
  });
}

/** A chunk whose content names its attempt and number. */
export function aChunk(chunk: number, attempt = 1): LogChunk {
  return records.aChunk(chunk, `line ${attempt}.${chunk}\n`, { attempt });
}
