import { proxyFor } from '../../../src/domain/network/proxy.js';

const proxies = {
  http: 'http://plain.proxy:3128',
  https: 'http://proxy:3128',
  direct: [
    'corp.example',
    '.only-below.example',
    '*.starred.example',
    'port.example:8443',
    '10.0.0.0/8',
    '[fd00::1]:5000',
  ],
};
const to = (host: string, port = 443, scheme: 'http' | 'https' = 'https'): string | null =>
  proxyFor({ scheme, host, port }, proxies);

test('each scheme has its proxy', () => {
  expect(to('registry.example')).toBe('http://proxy:3128');
  expect(to('registry.example', 80, 'http')).toBe('http://plain.proxy:3128');
});

test.each([
  ['corp.example', 443],
  ['REGISTRY.corp.example', 443],
  ['a.only-below.example', 443],
  ['a.starred.example', 443],
  ['port.example', 8443],
  ['10.9.8.7', 443],
  ['[fd00::1]', 5000],
  ['localhost', 443],
  ['127.0.0.1', 5000],
  ['[::1]', 5000],
])('%s:%d is reached directly', (host, port) => expect(to(host, port)).toBeNull());

test.each([
  ['notcorp.example', 443],
  ['only-below.example', 443],
  ['port.example', 443],
  ['11.0.0.1', 443],
  ['fd00::1', 443],
  ['localhost.example', 443],
])('%s:%d goes through the proxy', (host, port) => expect(to(host, port)).toBe('http://proxy:3128'));

test('a star sends nothing through a proxy', () => {
  expect(
    proxyFor({ scheme: 'https', host: 'x.example', port: 443 }, { ...proxies, direct: ['*'] }),
  ).toBeNull();
});
