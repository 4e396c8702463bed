import { registryTables } from '../../../src/embedded/services/buildkit-registries.js';

test('BuildKit gets one table a registry: plain HTTP, authority, mirrors', () => {
  const lines = registryTables({
    plainHttp: ['127.0.0.1:5000', 'secured.lan'],
    certificates: { 'secured.lan': '/etc/kiln/ca/secured.lan.pem' },
    mirrors: [
      { registry: 'docker.io', mirror: 'one.example/hub' },
      { registry: 'secured.lan', mirror: 'two.example' },
      { registry: 'docker.io', mirror: 'two.example' },
    ],
  });
  expect(lines).toEqual([
    '[registry."127.0.0.1:5000"]',
    'http = true',
    '[registry."secured.lan"]',
    'http = false',
    'ca = ["/etc/kiln/ca/secured.lan.pem"]',
    'mirrors = ["two.example"]',
    '[registry."docker.io"]',
    'mirrors = ["one.example/hub", "two.example"]',
  ]);
});
