import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { pass, type WayIn } from './serve-ways.js';

/*
 * Program: `node gate.js <socket> <ways>`, in the network namespace of a build but with the files of the host: listens where the ways
 * begin, and passes what comes on to the launcher.
 */
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
