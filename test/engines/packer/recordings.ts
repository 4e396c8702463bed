import { packerEngine } from '../../../src/engines/packer/engine.js';
import { launcherRecordings } from '../support/launcher-recordings.js';

export { shown, stepsOf } from '../support/launcher-recordings.js';

/** Real runs of packer 1.9.4 and buildah 1.43.1. */
export const { recordings, recording, endOf, parse, expectGolden } = launcherRecordings(
  packerEngine,
  new URL('./fixtures/', import.meta.url),
  '/runs/b1/work/pushed/digest',
);
