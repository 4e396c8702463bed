import { expect, test } from '@jest/globals';
import { rulesNaming } from '../../../src/embedded/services/remove-bridge.js';

test('the firewall rules of one bridge are picked out, with their quoted comments as one argument', () => {
  const listing = [
    '-P FORWARD ACCEPT',
    '-A STAGE-1 -i kiln1 ! -o kiln1 -m comment --comment "CNI firewall plugin rules (x)" -j STAGE-2',
    '-A STAGE-2 -o kiln12 -j DROP',
    '-A STAGE-2 -o kiln1 -m comment --comment "a \\"quoted\\" name" -j DROP',
  ].join('\n');

  expect(rulesNaming('kiln1', listing)).toEqual([
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
      'CNI firewall plugin rules (x)',
      '-j',
      'STAGE-2',
    ],
    ['STAGE-2', '-o', 'kiln1', '-m', 'comment', '--comment', 'a "quoted" name', '-j', 'DROP'],
  ]);
});
