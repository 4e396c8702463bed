import { containerEngine } from '../../../src/engines/container/engine.js';
import { launcherRecordings } from '../support/launcher-recordings.js';

export { shown, stepsOf } from '../support/launcher-recordings.js';

/** Real runs of buildah 1.43.1. */
export const { recordings, recording, endOf, parse, expectGolden } = launcherRecordings(
  containerEngine,
  new URL('./fixtures/', import.meta.url),
  '/runs/b1/work/digest',
);
