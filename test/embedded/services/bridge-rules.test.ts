import { expect, test } from 'vitest';
import { chainsOf, removalOfIdleChains, rulesOf } from '../../../src/embedded/services/bridge-rules.js';

const owner = (bridge: string): string => `-m comment --comment "name: \\"${bridge}\\" id: \\"abc\\""`;
const nat = [
  '-P POSTROUTING ACCEPT',
  '-N CNI-0a1b',
  '-N CNI-9f9f',
  `-A POSTROUTING -s 10.1.2.3/32 ${owner('kiln1')} -j CNI-0a1b`,
  `-A POSTROUTING -s 10.9.9.3/32 ${owner('kiln12')} -j CNI-9f9f`,
  `-A CNI-0a1b -d 10.1.2.0/24 ${owner('kiln1')} -j ACCEPT`,
].join('\n');
const SHARED = [
  '-N CNI-ADMIN',
  '-N CNI-FORWARD',
  '-A FORWARD -i eth0 -j DROP',
  '-A FORWARD -m comment --comment "CNI firewall plugin rules" -j CNI-FORWARD',
  '-A CNI-FORWARD -m comment --comment "CNI firewall plugin admin overrides" -j CNI-ADMIN',
];

test('the rules that name one bridge are picked out, with their quoted comments as one argument', () => {
  const listing = [
    '-P FORWARD ACCEPT',
    '-A STAGE-1 -i kiln1 ! -o kiln1 -m comment --comment "a \\"quoted\\" name" -j STAGE-2',
    '-A STAGE-2 -o kiln12 -j DROP',
  ].join('\n');

  expect(rulesOf('kiln1', listing, '')).toEqual([
    [
      'STAGE-1',
      '-i',
      'kiln1',
      '!',
      '-o',
      'kiln1',
      '-m',
      'comment',
      '--comment',
      'a "quoted" name',
      '-j',
      'STAGE-2',
    ],
  ]);
});

test('rules that show only an address are those of the bridge whose member has it', () => {
  const listing = [
    '-A CNI-FORWARD -s 10.1.2.3/32 -j ACCEPT',
    '-A CNI-FORWARD -d 10.1.2.3/32 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A CNI-FORWARD -s 10.9.9.3/32 -j ACCEPT',
  ].join('\n');

  expect(rulesOf('kiln1', listing, nat).map((rule) => rule[2])).toEqual(['10.1.2.3/32', '10.1.2.3/32']);
});

test('the address translation of a bridge is its rules and the chains they lead to', () => {
  expect(rulesOf('kiln1', nat, nat)).toHaveLength(2);
  expect(chainsOf('kiln1', nat)).toEqual(['CNI-0a1b']);
});

test('chains that nobody is in are removed with the ways into them, and no other rule', () => {
  expect(removalOfIdleChains(SHARED.join('\n'))?.split('\n')).toEqual([
    '*filter',
    '-D FORWARD -m comment --comment "CNI firewall plugin rules" -j CNI-FORWARD',
    '-D CNI-FORWARD -m comment --comment "CNI firewall plugin admin overrides" -j CNI-ADMIN',
    '-X CNI-FORWARD',
    '-X CNI-ADMIN',
    'COMMIT',
    '',
  ]);
});

test.each(['-A CNI-FORWARD -s 10.9.9.3/32 -j ACCEPT', '-A CNI-ADMIN -j ACCEPT'])(
  'the shared chains stay while one holds %s',
  (rule) => {
    expect(removalOfIdleChains([...SHARED, rule].join('\n'))).toBeNull();
  },
);

test('where there is no chain there is nothing to remove', () => {
  expect(removalOfIdleChains('-P FORWARD ACCEPT\n-A FORWARD -j DROP')).toBeNull();
});
