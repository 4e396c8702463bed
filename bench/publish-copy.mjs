/** `node publish-copy.mjs FROM TO DIGEST`: copies as a worker does; prints the report and the most memory that was resident. */
import { createImageRegistry } from '../dist/src/adapters/registry/image-registry.js';

const [from, to, digest] = process.argv.slice(2);
const report = await createImageRegistry().copy(from, to, digest);
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ report, peakRssBytes }));
// Connections that are kept alive are not waited for.
process.exit();
