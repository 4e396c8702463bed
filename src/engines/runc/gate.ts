import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { pass, type WayIn } from './serve-ways.js';

/*
 * Program: `node gate.js <socket> <ways>`, in the network namespace of a build, and a mount namespace of its own with the files of the
 * host: listens where the ways begin, and passes what comes on to the launcher.
 */
const IS_UP_AND_LOOPBACK = '0x9';
/** Shows the interfaces of the namespace that it is mounted in. */
execFileSync('mount', ['-t', 'sysfs', 'sysfs', '/sys']);
writeFileSync('/sys/class/net/lo/flags', IS_UP_AND_LOOPBACK);

const [, , socketPath = '', ways = '[]'] = process.argv;
const listening = (JSON.parse(ways) as WayIn[]).map(async ({ address, port }, index) => {
  const server = createServer((client) => {
    const launcher = connect(socketPath);
    launcher.write(`way ${index}\n`);
    pass(client, launcher);
  });
  server.listen(port, address);
  await once(server, 'listening');
});
await Promise.all(listening);
writeSync(1, 'open\n');
