import { ApplicationFailure, CancellationScope, proxyActivities } from '@temporalio/workflow';
import { ATTEST_OPTIONS, GIVE_UP_OPTIONS } from './activity-options.js';
import type { AttestActivities } from './activity-types.js';
import { applicationFailure } from './failure-code.js';

const attester = proxyActivities<AttestActivities>({
  ...ATTEST_OPTIONS,
  summary: 'sign, and put beside the image',
});
const record = proxyActivities<AttestActivities>(GIVE_UP_OPTIONS);

/** Signs where the image of a build comes from and puts that beside it, after the build was recorded. */
export async function attest(input: { readonly buildId: string }): Promise<void> {
  try {
    await attester.attestBuild(input);
  } catch (error) {
    const reason = applicationFailure(error)?.message ?? 'The signing was stopped.';
    await CancellationScope.nonCancellable(() => record.giveUpAttesting({ ...input, reason }));
    throw ApplicationFailure.nonRetryable(reason, 'not_attested');
  }
}
