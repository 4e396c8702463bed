import type { Evidence, Violation } from '../evidence.js';
import { checkAcknowledged } from './g1-acknowledged.js';
import { checkElsewhere } from './g1-elsewhere.js';
import { checkOneEnd } from './g2-one-end.js';
import { checkLeases } from './g3-leases.js';
import { checkImages } from './g4-images.js';
import { checkLogs } from './g5-logs.js';
import { checkOneBuild } from './g6-one-build.js';
import { checkMessages } from './g7-messages.js';
import { checkCancels } from './g8-cancels.js';
import { checkLeaks } from './g9-leaks.js';

/** One function a promise. */
const CHECKS = [
  checkAcknowledged,
  checkElsewhere,
  checkOneEnd,
  checkLeases,
  checkImages,
  checkLogs,
  checkOneBuild,
  checkMessages,
  checkCancels,
  checkLeaks,
];

/** Every promise that was not kept, with the build and what shows it. */
export function check(evidence: Evidence): Violation[] {
  return CHECKS.flatMap((one) => one(evidence));
}
