import { proxyActivities } from '@temporalio/workflow';
import { CHECK_IMAGES_OPTIONS } from './activity-options.js';
import type { ControlActivities } from './activity-types.js';
import type { BaseImagesInput } from './contract.js';

const control = proxyActivities<ControlActivities>(CHECK_IMAGES_OPTIONS);

/** Looks where the tags point that watched projects stand on: of all tenants when the Schedule starts it, of one when somebody has asked for it. */
export async function baseImages({ tenantId = null }: BaseImagesInput = {}): Promise<{
  readonly images: number;
  readonly moves: number;
}> {
  return control.checkBaseImages({ tenantId });
}
