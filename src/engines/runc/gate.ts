import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { pass, type WayIn } from './serve-ways.js';

/*
 * Program: `node gate.js`, in the network namespace of a build, and a mount namespace of its own with the files of the host. Told
 * `{ socketPath, ways }` on stdin it listens where the ways begin, and passes what comes on to the launcher.
 */
interface Told {
  readonly socketPath: string;
  readonly ways: readonly WayIn[];
}

const IS_UP_AND_LOOPBACK = '0x9';
/** Shows the interfaces of the namespace that it is mounted in. */
execFileSync('mount', ['-t', 'sysfs', 'sysfs', '/sys']);
writeFileSync('/sys/class/net/lo/flags', IS_UP_AND_LOOPBACK);

const told = await text(process.stdin);
// Who would have told it is gone.
if (told === '') process.exit(0);
const { socketPath, ways } = JSON.parse(told) as Told;
const listening = ways.map(async ({ address, port }, index) => {
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
