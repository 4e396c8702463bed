export { build } from './build.js';
