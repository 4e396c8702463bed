import { parseAddress } from '../../../src/domain/network/address.js';
import { covers, parseNetwork, type Network } from '../../../src/domain/network/cidr.js';
import { permittedAddresses, refusedBecause } from '../../../src/domain/network/reach.js';

const network = (text: string): Network => {
  const parsed = parseNetwork(text);
  if (parsed === null) throw new Error(text);
  return parsed;
};

test.each(['1.1.1.1', '9.255.255.255', '172.15.0.1', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])(
  '%s is public',
  (address) => expect(refusedBecause(address, [])).toBeNull(),
);

test.each([
  ['0.0.0.0', 'this host'],
  ['10.1.2.3', 'a private network'],
  ['127.8.9.1', 'the loopback interface'],
  ['169.254.169.254', 'a link-local network'],
  ['168.63.129.16', 'a service of the cloud that runs this machine'],
  ['100.100.100.200', 'a network behind a carrier'],
  ['172.31.255.255', 'a private network'],
  ['192.168.1.1', 'a private network'],
  ['255.255.255.255', 'a reserved network'],
  ['::', 'this host'],
  ['::1', 'the loopback interface'],
  ['[::1]', 'the loopback interface'],
  ['fd00:ec2::254', 'a private network'],
  ['fe80::1', 'a link-local network'],
  ['::ffff:127.0.0.1', 'the loopback interface'],
  ['::ffff:7f00:1', 'the loopback interface'],
  ['64:ff9b::169.254.169.254', 'a link-local network'],
  ['2002:7f00:1::', 'a tunnel to IPv4'],
  ['::127.0.0.1', 'a reserved network'],
  ['64:ff9b:1::7f00:1', 'a reserved network'],
  ['fe80::1%eth0', 'no IP address'],
  ['2130706433', 'no IP address'],
  ['0x7f.1', 'no IP address'],
  ['127.1', 'no IP address'],
  ['010.0.0.1', 'no IP address'],
  ['1.1.1.256', 'no IP address'],
  ['1::2::3', 'no IP address'],
  ['example.com', 'no IP address'],
])('%s is refused as %s', (address, reason) => expect(refusedBecause(address, [])).toBe(reason));

test('what the operator lists is reached, and only that', () => {
  const allowed = [network('10.20.0.0/16'), network('127.0.0.1'), network('fd00::/8')];
  expect(refusedBecause('10.20.3.4', allowed)).toBeNull();
  expect(refusedBecause('::ffff:10.20.3.4', allowed)).toBeNull();
  expect(refusedBecause('fd12::1', allowed)).toBeNull();
  expect(refusedBecause('10.21.0.1', allowed)).toBe('a private network');
  expect(refusedBecause('127.0.0.2', allowed)).toBe('the loopback interface');
});

test.each(['10.0.0.1/8', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0.0/8/8', 'example.com/8', ''])(
  '%s is no network',
  (text) => expect(parseNetwork(text)).toBeNull(),
);

test('a network of IPv4 covers no IPv6 address with the same bits', () => {
  const address = parseAddress('::10.0.0.1');
  expect(address !== null && covers(network('10.0.0.0/8'), address)).toBe(false);
});

test('one refused address of a host refuses it, and the message names both and the remedy', () => {
  expect(() => permittedAddresses('git.example', ['1.1.1.1', '10.0.0.5'], [])).toThrow(
    /git\.example has the address 10\.0\.0\.5, which is in a private network\. .*KILN_ALLOWED_NETWORKS/,
  );
  expect(() => permittedAddresses('127.0.0.1', ['127.0.0.1'], [])).toThrow(/127\.0\.0\.1 is in the loopback/);
  expect(permittedAddresses('git.example', ['1.1.1.1'], [])).toEqual(['1.1.1.1']);
});
