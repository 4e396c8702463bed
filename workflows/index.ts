export { attest } from './attest.js';
export { build } from './build.js';
export { explore } from './explore.js';
export { inspection } from './inspection.js';
export { prune } from './prune.js';
export { retention } from './retention.js';
export { retry } from './retry.js';
export { tick } from './tick.js';
