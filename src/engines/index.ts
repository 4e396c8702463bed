/* The build methods, one line each; their names are those of the exports. methods.ts is how the rest of Kiln reads this list. */
export { buildx } from './buildx/method.js';
export { container } from './container/method.js';
export { kaniko } from './kaniko/method.js';
export { paketo } from './paketo/method.js';
export { packer } from './packer/method.js';
