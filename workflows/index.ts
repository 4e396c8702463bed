export { build } from './build.js';
export { explore } from './explore.js';
export { retry } from './retry.js';
