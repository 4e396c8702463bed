export { build } from './build.js';
export { retry } from './retry.js';
