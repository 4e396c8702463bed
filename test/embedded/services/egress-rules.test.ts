import { egressRules } from '../../../src/embedded/services/egress-rules.js';

const PERMIT = {
  endpoints: [
    { address: '127.0.0.1', port: 5000 },
    { address: '10.0.0.53', port: 53 },
    { address: 'fd00::53', port: 53 },
  ],
  networks: ['10.2.0.0/16', 'fd12::/32'],
};

const rulesOf = (tool: 'iptables' | 'ip6tables') =>
  egressRules(tool, 'kiln1-out', 2_000_000_001, PERMIT).split('\n');

test('the builder reaches the permitted ports and networks before anything is refused', () => {
  const rules = rulesOf('iptables');

  expect(rules.slice(2, 6)).toEqual([
    '-A kiln1-out -d 127.0.0.1 -p tcp --dport 5000 -j RETURN',
    '-A kiln1-out -d 10.0.0.53 -p udp --dport 53 -j RETURN',
    '-A kiln1-out -d 10.0.0.53 -p tcp --dport 53 -j RETURN',
    '-A kiln1-out -d 10.2.0.0/16 -j RETURN',
  ]);
  expect(rules).toContain('-A kiln1-out -d 169.254.0.0/16 -j REJECT --reject-with icmp-proto-unreachable');
});

test('what its group sends goes through the chain, and nothing else does', () => {
  expect(rulesOf('iptables').filter((rule) => rule.startsWith('-I'))).toEqual([
    '-I OUTPUT 1 -m owner --gid-owner 2000000001 --suppl-groups -j kiln1-out',
  ]);
});

test('of IPv6 only the public part is open, and an IPv4 address that is translated counts as itself', () => {
  const rules = rulesOf('ip6tables');

  expect(rules[2]).toBe('-A kiln1-out -d fd00::53 -p udp --dport 53 -j RETURN');
  expect(rules).toContain('-A kiln1-out -d 64:ff9b::a00:0/104 -j REJECT --reject-with icmp6-adm-prohibited');
  expect(rules.slice(-6, -3)).toEqual([
    '-A kiln1-out -d 2000::/3 -j RETURN',
    '-A kiln1-out -d 64:ff9b::/96 -j RETURN',
    '-A kiln1-out -d ::/0 -j REJECT --reject-with icmp6-adm-prohibited',
  ]);
});
