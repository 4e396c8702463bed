import { paketoEngine } from '../../../src/engines/paketo/engine.js';
import { launcherRecordings } from '../support/launcher-recordings.js';

export { shown, stepsOf } from '../support/launcher-recordings.js';

/** Real runs of the lifecycle v0.20.11. */
export const { recordings, recording, endOf, parse, expectGolden } = launcherRecordings(
  paketoEngine,
  new URL('./fixtures/', import.meta.url),
  '/runs/b1/work/digest',
);
