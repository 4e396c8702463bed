import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { openTransport, type TransportOptions } from '../../../src/adapters/registry/transport.js';
import { parseNetwork } from '../../../src/domain/network/cidr.js';
import { makeCertificates, type TestCertificates } from '../../support/certificates.js';
import { startForwardProxy } from '../../support/forward-proxy.js';
import { scripted } from './scripted-registry.js';

const limits = { attempts: 2, pauseMs: 1, maxPauseMs: 5, answerTimeoutMs: 5_000 };
const digest = `sha256:${'a'.repeat(64)}`;
const loopback = [parseNetwork('127.0.0.0/8')].flatMap((network) => network ?? []);

let certificates: TestCertificates;
let server: Server;
let port: number;
beforeAll(async () => {
  certificates = makeCertificates(['DNS:localhost', 'DNS:registry.kiln-test']);
  const { keyPath, certificatePath } = certificates;
  server = createServer(
    { key: readFileSync(keyPath), cert: readFileSync(certificatePath) },
    (_request, response) =>
      response
        .writeHead(200, { 'docker-content-digest': digest, 'content-type': 'x/y', 'content-length': '7' })
        .end(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(certificates.folder, { recursive: true, force: true });
});

const head = (host: string, options: TransportOptions) =>
  createImageRegistry({ transport: openTransport(options), limits }).head(`${host}/app`, 'v1');

describe('TLS', () => {
  it('is spoken where the host has an authority of its own, also on loopback', async () => {
    const host = `localhost:${port}`;
    const own = new Map([[host, certificates.authority]]);
    await expect(head(host, { certificates: own, ownHost: host })).resolves.toMatchObject({ digest });
  });

  it('of an unknown authority is refused with the name of the file to make', async () => {
    const proxy = await startForwardProxy({ 'registry.kiln-test:443': port });
    const proxies = { http: null, https: proxy.url, direct: [] };
    await expect(head('registry.kiln-test', { proxies })).rejects.toMatchObject({
      code: 'registry_unreachable',
      message: expect.stringMatching(
        /UNABLE_TO_VERIFY.*KILN_REGISTRY_CA_DIR as registry\.kiln-test\.pem/,
      ) as unknown,
    });
    await proxy.close();
  });

  it('with an authority of one host does not vouch for another', async () => {
    const proxy = await startForwardProxy({ 'registry.kiln-test:443': port });
    const proxies = { http: null, https: proxy.url, direct: [] };
    const own = new Map([['other.kiln-test', certificates.authority]]);
    await expect(head('registry.kiln-test', { proxies, certificates: own })).rejects.toThrow(
      'UNABLE_TO_VERIFY',
    );
    await proxy.close();
  });
});

describe('a proxy', () => {
  it('tunnels to the host by name, and gets its own credentials', async () => {
    const proxy = await startForwardProxy({ 'registry.kiln-test:443': port });
    const own = new Map([['registry.kiln-test', certificates.authority]]);
    const url = proxy.url.replace('//', '//user:pass@');
    const proxies = { http: null, https: url, direct: [] };

    await expect(head('registry.kiln-test', { proxies, certificates: own })).resolves.toMatchObject({
      digest,
    });

    expect(proxy.asked).toEqual(['registry.kiln-test:443']);
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('user:pass').toString('base64')}`]);
    await proxy.close();
  });

  it('is not asked for a host of NO_PROXY', async () => {
    const proxy = await startForwardProxy({});
    const proxies = { http: null, https: proxy.url, direct: ['.kiln-test'] };
    await expect(head('registry.kiln-test', { proxies })).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
    expect(proxy.asked).toEqual([]);
    await proxy.close();
  });

  it('that refuses the host is named in what to do', async () => {
    const proxy = await startForwardProxy({});
    const proxies = { http: null, https: proxy.url, direct: [] };
    await expect(head('registry.kiln-test', { proxies })).rejects.toThrow(/check NO_PROXY and the proxy/);
    await proxy.close();
  });

  it('is no way to an address that is not permitted', async () => {
    const proxy = await startForwardProxy({ '10.0.0.1:443': port });
    const proxies = { http: null, https: proxy.url, direct: [] };
    await expect(head('10.0.0.1:443', { proxies })).rejects.toMatchObject({ code: 'host_not_allowed' });
    expect(proxy.asked).toEqual([]);
    await proxy.close();
  });
});

describe('a host in a network that is not public', () => {
  it.each(['127.0.0.1', 'localhost'])('is refused before anything is sent: %s', async (name) => {
    const registry = await scripted((_request, response) => response.writeHead(200).end());
    const host = registry.host.replace('127.0.0.1', name);
    await expect(head(host, {})).rejects.toMatchObject({
      code: 'host_not_allowed',
      message: expect.stringContaining('KILN_ALLOWED_NETWORKS') as unknown,
    });
    expect(registry.requests).toEqual([]);
    await registry.close();
  });

  it('is judged by its address alone, where it has one, without asking anybody', () => {
    const { judge } = openTransport({ ownHost: '127.0.0.1:5000/prefix' });
    for (const host of ['127.0.0.1:1', '[::1]:5000', '10.0.0.1'])
      expect(() => judge(host)).toThrow(/is in (the loopback interface|a private network)/);
    for (const host of ['127.0.0.1:5000', 'no-such-host.invalid', '93.184.216.34']) judge(host);
  });

  it('is reached when its network is permitted, or when the operator named it', async () => {
    const registry = await scripted((_request, response) => response.writeHead(404).end());
    const host = registry.host.replace('127.0.0.1', 'localhost');
    await expect(head(host, { allowedNetworks: loopback })).resolves.toBeNull();
    await expect(head(host, { ownHost: `${host}/prefix` })).resolves.toBeNull();
    await expect(head(host, { insecureHosts: [host] })).resolves.toBeNull();
    await registry.close();
  });

  it('is refused as the target of a redirect too', async () => {
    const inner = await scripted((_request, response) => response.writeHead(200).end());
    const outer = await scripted((_request, response) =>
      response.writeHead(307, { location: `http://${inner.host}/latest/meta-data` }).end(),
    );
    await expect(head(outer.host, { ownHost: outer.host })).rejects.toMatchObject({
      code: 'host_not_allowed',
    });
    expect(inner.requests).toEqual([]);
    await inner.close();
    await outer.close();
  });

  it('is refused as a token service too', async () => {
    const inner = await scripted((_request, response) => response.writeHead(200).end('{"token":"x"}'));
    const outer = await scripted((_request, response) =>
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${inner.host}/token"` }).end(),
    );
    await expect(head(outer.host, { ownHost: outer.host })).rejects.toMatchObject({
      code: 'host_not_allowed',
    });
    expect(inner.requests).toEqual([]);
    await inner.close();
    await outer.close();
  });
});
