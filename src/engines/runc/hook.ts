import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

/* Program: `node hook.js <socket>`, run by runc with the state of the container on stdin. Ends when the ways of the build are open. */
const { pid } = JSON.parse(readFileSync(0, 'utf8')) as { pid: number };
const launcher = connect(process.argv[2] ?? '');
launcher.write(`process ${pid}\n`);
await once(launcher, 'data');
launcher.end();
