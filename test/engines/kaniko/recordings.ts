import { kanikoEngine } from '../../../src/engines/kaniko/engine.js';
import { launcherRecordings } from '../support/launcher-recordings.js';

export { shown, stepsOf } from '../support/launcher-recordings.js';

/** Real runs of the executor v1.25.0. */
export const { recordings, recording, endOf, parse, expectGolden } = launcherRecordings(
  kanikoEngine,
  new URL('./fixtures/', import.meta.url),
  '/runs/b1/work/out/digest',
);
