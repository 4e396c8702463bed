import { expect, test } from 'vitest';
import { bridgeRules } from '../../../src/embedded/services/bridge-firewall.js';
import { rulesOf } from '../../../src/embedded/services/bridge-rules.js';

function lines(resolvers: string[]): string[] {
  return bridgeRules('kiln1', resolvers).map(({ tool, args }) =>
    [tool, ...args.slice(args.indexOf('-A'))].join(' '),
  );
}

test('this machine, link-local addresses and the other members of the bridge are closed to RUN steps', () => {
  const comment = '-m comment --comment kiln kiln1';

  expect(lines(['10.0.0.2'])).toEqual([
    `iptables -A PREROUTING -i kiln1 -d 169.254.0.0/16 ${comment} -j DROP`,
    `iptables -A PREROUTING -i kiln1 -m addrtype --dst-type LOCAL ${comment} -j DROP`,
    `iptables -A INPUT -i kiln1 ${comment} -j DROP`,
    `iptables -A FORWARD -i kiln1 -o kiln1 ${comment} -j DROP`,
    `ip6tables -A INPUT -i kiln1 ${comment} -j DROP`,
    `ip6tables -A FORWARD -i kiln1 ${comment} -j DROP`,
  ]);
});

test('a resolver with a link-local address answers DNS and nothing else', () => {
  const [udp, tcp, drop] = lines(['169.254.169.254']);

  expect(udp).toMatch(/-d 169\.254\.169\.254 -p udp --dport 53 .* -j ACCEPT$/);
  expect(tcp).toMatch(/-d 169\.254\.169\.254 -p tcp --dport 53 .* -j ACCEPT$/);
  expect(drop).toMatch(/-d 169\.254\.0\.0\/16 .* -j DROP$/);
});

test('every rule names its bridge, by which it is found again and removed', () => {
  const listing = bridgeRules('kiln1', ['169.254.169.253'])
    .map(({ args }) => args.slice(args.indexOf('-A')).map((word) => (/ /.test(word) ? `"${word}"` : word)))
    .map((words) => words.join(' '));

  expect(rulesOf('kiln1', listing.join('\n'), '')).toHaveLength(listing.length);
});
