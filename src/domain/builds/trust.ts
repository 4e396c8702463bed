/** How far the code of a project is trusted with the hosts that build it. */
export const TRUST_LEVELS = ['untrusted', 'trusted'] as const;
export type Trust = (typeof TRUST_LEVELS)[number];

/** What a project is until somebody who administers Kiln says otherwise. */
export const DEFAULT_TRUST: Trust = 'untrusted';
