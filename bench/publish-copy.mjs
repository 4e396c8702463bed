/** `node publish-copy.mjs FROM TO DIGEST`: copies as a worker does; prints how long that took and the most memory that was resident. */
import { readFileSync } from 'node:fs';
import { createImageRegistry } from '../dist/src/adapters/registry/image-registry.js';

const [from, to, digest] = process.argv.slice(2);
const startedMs = performance.now();
const report = await createImageRegistry().copy(from, to, digest);
const elapsedMs = performance.now() - startedMs;
// What getrusage tells begins with what the parent had.
const [, peakKiB] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
const peakRssBytes = Number(peakKiB) * 1024;
console.log(JSON.stringify({ report, elapsedMs, peakRssBytes }));
// Connections that are kept alive are not waited for.
process.exit();
