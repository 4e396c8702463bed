import { givenNetwork, networksOf, permitsHostSteps } from '../../../src/domain/builds/run-network.js';

const bridged = { runNetwork: 'bridge', allowsHostNetwork: false } as const;
const bare = { runNetwork: 'none', allowsHostNetwork: false } as const;
const open = { runNetwork: 'host', allowsHostNetwork: false } as const;
const allowing = { ...bridged, allowsHostNetwork: true } as const;

test('a host says which networks it gives: its own only where its operator allows that', () => {
  expect(networksOf(bare)).toEqual(['none']);
  expect(networksOf(bridged)).toEqual(['none', 'egress']);
  expect(networksOf(allowing)).toEqual(['none', 'egress', 'host']);
  expect(networksOf(open)).toEqual(['none', 'host']);
});

test('who names no network gets what the host gives, but never that of the host for untrusted code', () => {
  const get = (host: Parameters<typeof givenNetwork>[0], trust: 'trusted' | 'untrusted') =>
    givenNetwork(host, { asked: 'default', trust });
  expect(get(bridged, 'untrusted')).toBe('bridge');
  expect(get(allowing, 'trusted')).toBe('bridge');
  expect(get(open, 'trusted')).toBe('host');
  expect(get(open, 'untrusted')).toBe('none');
});

test('a network that is named is given or refused, never replaced', () => {
  const build = { asked: 'egress', trust: 'untrusted' } as const;
  expect(givenNetwork(bridged, build)).toBe('bridge');
  for (const host of [bare, open])
    expect(() => givenNetwork(host, build)).toThrow(/gives? RUN steps the network "egress"|does not give/);
  expect(givenNetwork(allowing, { asked: 'host', trust: 'trusted' })).toBe('host');
  expect(() => givenNetwork(bridged, { asked: 'host', trust: 'trusted' })).toThrow(/KILN_HOST_NETWORK=true/);
});

test('not even a record that names it gives untrusted code the network of the host', () => {
  expect(() => givenNetwork(allowing, { asked: 'host', trust: 'untrusted' })).toThrow(
    expect.objectContaining({ code: 'trust_required' }),
  );
});

test('single steps may have the network of the host where the project is trusted, the operator allows it and the build names no other', () => {
  const may = (
    trust: 'trusted' | 'untrusted',
    asked: 'default' | 'none' | 'egress' | 'host',
    host = allowing,
  ) => permitsHostSteps(host, { trust, asked });
  expect([may('trusted', 'default'), may('trusted', 'host')]).toEqual([true, true]);
  expect([may('trusted', 'none'), may('trusted', 'egress'), may('untrusted', 'default')]).toEqual([
    false,
    false,
    false,
  ]);
  expect(permitsHostSteps(bridged, { trust: 'trusted', asked: 'default' })).toBe(false);
});
