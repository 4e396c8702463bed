/** What a registry was asked so long ago is not carried out any more: who sent it is gone or has given it up, and so has every proxy between. */
export const LATE_REQUEST_MS = 10 * 60_000;
