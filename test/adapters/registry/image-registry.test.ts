import type { ServerResponse } from 'node:http';
import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { parseChallenge } from '../../../src/adapters/registry/challenge.js';
import { sha256 } from './an-image.js';
import { scripted, type ScriptedRegistry } from './scripted-registry.js';

const limits = { pauseMs: 1, maxPauseMs: 20, answerTimeoutMs: 10_000, idleTimeoutMs: 10_000 };
const digest = `sha256:${'a'.repeat(64)}`;

describe('the registry adapter', () => {
  let server: ScriptedRegistry | null = null;
  afterEach(async () => {
    await server?.close();
    server = null;
  });

  function found(response: ServerResponse): void {
    response.writeHead(200, {
      'docker-content-digest': digest,
      'content-type': 'application/vnd.oci.image.manifest.v1+json',
      'content-length': '7',
    });
    response.end();
  }

  test('fetches a bearer token with the credentials of the host and keeps it', async () => {
    server = await scripted((request, response) => {
      if (request.url?.startsWith('/token') === true)
        response.end(JSON.stringify({ token: 't0', expires_in: 300 }));
      else if (request.headers.authorization === 'Bearer t0') found(response);
      else {
        const realm = `http://${request.headers.host ?? ''}/token`;
        response.writeHead(401, {
          'www-authenticate': `Bearer realm="${realm}",service="reg",scope="repository:a/b:pull"`,
        });
        response.end();
      }
    });
    const asked: string[] = [];
    const registry = createImageRegistry({
      limits,
      credentials: (host) => {
        asked.push(host);
        return Promise.resolve({ username: 'kiln', password: 'p:w' });
      },
    });
    expect((await registry.head(`${server.host}/a/b`, 'v1'))?.digest).toBe(digest);
    await registry.head(`${server.host}/a/b`, 'v1');
    expect(server.requests).toEqual([
      'HEAD /v2/a/b/manifests/v1',
      'GET /token?service=reg&scope=repository%3Aa%2Fb%3Apull',
      'HEAD /v2/a/b/manifests/v1',
      'HEAD /v2/a/b/manifests/v1',
    ]);
    expect(server.authorizations[1]).toBe(`Basic ${Buffer.from('kiln:p:w').toString('base64')}`);
    expect(asked).toEqual([server.host]);
  });

  test('answers a basic challenge, and says registry_denied without credentials', async () => {
    server = await scripted((request, response) => {
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else found(response);
    });
    const known = createImageRegistry({
      limits,
      credentials: () => Promise.resolve({ username: 'a', password: 'b' }),
    });
    expect(await known.head(`${server.host}/a`, 'v1')).not.toBeNull();
    await expect(createImageRegistry({ limits }).head(`${server.host}/a`, 'v1')).rejects.toMatchObject({
      code: 'registry_denied',
      message: expect.stringContaining(server.host) as unknown,
    });
  });

  test('says registry_denied for wrong credentials, once, and never shows them', async () => {
    server = await scripted((_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    );
    const registry = createImageRegistry({
      limits,
      credentials: () => Promise.resolve({ username: 'u5er', password: 's3cret' }),
    });
    const error: unknown = await registry.head(`${server.host}/a`, 'v1').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'registry_denied' });
    expect(JSON.stringify([error, (error as Error).message])).not.toMatch(/s3cret|u5er/);
    const [head, get] = ['HEAD /v2/a/manifests/v1', 'GET /v2/a/manifests/v1'];
    expect(server.requests).toEqual([head, head, get]);
  });

  test('does not send credentials to a realm that is not https when the registry is', async () => {
    const elsewhere = 'Bearer realm="http://evil.test/token"';
    expect(parseChallenge(elsewhere)).toMatchObject({ realm: 'http://evil.test/token' });
    server = await scripted((_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="ftp://evil.test/t"' }).end(),
    );
    const registry = createImageRegistry({
      limits,
      credentials: () => Promise.resolve({ username: 'a', password: 'b' }),
    });
    await expect(registry.head(`${server.host}/a`, 'v1')).rejects.toMatchObject({ code: 'registry_denied' });
  });

  test.each([500, 502, 503, 429, 408])('repeats a request that was answered with %d', async (status) => {
    server = await scripted((_, response, number) =>
      number < 3 ? response.writeHead(status).end() : found(response),
    );
    expect((await createImageRegistry({ limits }).head(`${server.host}/a`, 'v1'))?.digest).toBe(digest);
    expect(server.requests).toHaveLength(3);
  });

  test('repeats a request whose connection broke', async () => {
    server = await scripted((_, response, number) =>
      number === 1 ? response.socket?.destroy() : found(response),
    );
    expect((await createImageRegistry({ limits }).head(`${server.host}/a`, 'v1'))?.digest).toBe(digest);
  });

  test('gives up after four attempts and names host, repository and reason', async () => {
    server = await scripted((_, response) =>
      response
        .writeHead(503)
        .end(JSON.stringify({ errors: [{ code: 'UNAVAILABLE', message: 'disk is full' }] })),
    );
    await expect(
      createImageRegistry({ limits }).untag(`${server.host}/team/app`, 'v1'),
    ).rejects.toMatchObject({
      code: 'registry_failed',
      message: expect.stringMatching(
        /127\.0\.0\.1:\d+ answered 503, UNAVAILABLE: disk is full .*team\/app/,
      ) as unknown,
    });
    expect(server.requests).toHaveLength(4);
  });

  test.each([
    [403, 'registry_denied'],
    [400, 'registry_rejected'],
    [418, 'registry_rejected'],
  ])('does not repeat what was answered with %d', async (status, code) => {
    server = await scripted((_, response) => response.writeHead(status).end());
    await expect(createImageRegistry({ limits }).head(`${server.host}/a`, 'v1')).rejects.toMatchObject({
      code,
    });
    const heads = server.requests.filter((request) => request.startsWith('HEAD'));
    expect([heads.length, server.requests.length]).toEqual([1, status === 403 ? 2 : 1]);
  });

  test('says registry_unreachable when no answer comes in time', async () => {
    server = await scripted(() => undefined);
    // Long enough for the request to arrive on a busy machine.
    const registry = createImageRegistry({ limits: { ...limits, attempts: 2, answerTimeoutMs: 300 } });
    await expect(registry.head(`${server.host}/a`, 'v1')).rejects.toMatchObject({
      code: 'registry_unreachable',
      message: expect.stringContaining('(no answer in time)') as unknown,
    });
    expect(server.requests).toHaveLength(2);
  });

  test('stops at once when told to', async () => {
    const stop = new AbortController();
    server = await scripted(() => stop.abort());
    const asked = createImageRegistry({ limits: { ...limits, answerTimeoutMs: 10_000 } }).head(
      `${server.host}/a`,
      'v1',
      stop.signal,
    );
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    expect(server.requests).toHaveLength(1);
  });

  test('says image_mismatch for a manifest whose bytes have another digest', async () => {
    server = await scripted((_, response) => response.end('{"schemaVersion":2}'));
    await expect(createImageRegistry({ limits }).inspect(`${server.host}/a`, digest)).rejects.toMatchObject({
      code: 'image_mismatch',
      message: expect.stringContaining(digest) as unknown,
    });
  });

  test('says image_mismatch when the tag does not stay where it was put', async () => {
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, config: { digest, size: 1 }, layers: [] }),
    );
    server = await scripted((request, response) => {
      if (request.method === 'GET') response.end(manifest);
      else if (request.method === 'PUT') response.writeHead(201).end();
      else found(response);
    });
    const moved = createImageRegistry({ limits }).tag(`${server.host}/a`, sha256(manifest), 'v1');
    await expect(moved).rejects.toMatchObject({ code: 'image_mismatch' });
  });

  test('takes a tag that was taken and may not be read back for one of which it does not know', async () => {
    const config = { digest, size: 1 };
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [] }));
    let isTaken = false;
    server = await scripted((request, response) => {
      if (request.method === 'PUT') isTaken = true;
      if (request.method === 'HEAD' && isTaken) response.writeHead(403).end();
      else response.writeHead(request.method === 'PUT' ? 201 : 200).end(manifest);
    });
    const moved = createImageRegistry({ limits }).tag(`${server.host}/a`, sha256(manifest), 'v1');
    await expect(moved).rejects.toMatchObject({ code: 'registry_failed' });
  });

  test('does not finish the upload of a blob whose bytes have another digest', async () => {
    const blob = Buffer.from('blob');
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, config: { digest: sha256(blob), size: 4 }, layers: [] }),
    );
    const source = await scripted((request, response) =>
      response.end(request.url?.includes('blobs') ? 'evil' : manifest),
    );
    server = await scripted((request, response) => {
      if (request.method === 'HEAD') response.writeHead(404).end();
      else response.writeHead(202, { location: '/v2/b/blobs/uploads/1?state=x' }).end();
    });
    const copied = createImageRegistry({ limits }).copy(
      `${source.host}/a`,
      `${server.host}/b`,
      sha256(manifest),
    );
    await expect(copied).rejects.toMatchObject({ code: 'image_mismatch' });
    expect(server.requests.filter((line) => line.startsWith('PUT'))).toEqual([]);
    await source.close();
  });

  test('goes on where the source broke off', async () => {
    const blob = Buffer.alloc(5000, 'x');
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, config: { digest: sha256(blob), size: 5000 }, layers: [] }),
    );
    let downloads = 0;
    const source = await scripted((request, response) => {
      if (request.url?.includes('blobs') !== true) return void response.end(manifest);
      downloads += 1;
      if (downloads > 1) {
        const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
        return void response.writeHead(206).end(blob.subarray(Number(start)));
      }
      response.writeHead(200, { 'content-length': '5000' });
      response.write(blob.subarray(0, 1000), () => response.socket?.destroy());
    });
    server = await scripted((request, response) => {
      if (request.method === 'HEAD' && request.url?.includes('manifests') === true) {
        response.setHeader('docker-content-digest', sha256(manifest));
        response.setHeader('content-length', manifest.length);
        response.setHeader('content-type', 'application/vnd.oci.image.manifest.v1+json');
        response.end();
      } else if (request.method === 'HEAD') response.writeHead(404).end();
      else if (request.method === 'PUT') response.writeHead(201).end();
      else response.writeHead(202, { location: '/v2/b/blobs/uploads/1' }).end();
    });
    const registry = createImageRegistry({ limits: { ...limits, chunkBytes: 500 } });
    const report = await registry.copy(`${source.host}/a`, `${server.host}/b`, sha256(manifest));
    expect(report).toMatchObject({ uploadedBlobs: 1, sentBytes: 5000 });
    expect(downloads).toBe(2);
    await source.close();
  });

  test.each(['../../etc', 'v1/../x', 'a b', '', '-x', 'v1?x=y', `sha512:${'a'.repeat(64)}`])(
    'refuses the reference %j before anything is sent',
    async (reference) => {
      server = await scripted((_, response) => found(response));
      await expect(createImageRegistry({ limits }).head(`${server.host}/a`, reference)).rejects.toMatchObject(
        { code: 'invalid_request' },
      );
      expect(server.requests).toEqual([]);
    },
  );

  test.each(['a/b', 'http://x.test/a', 'x.test/A', 'x.test/a:v1', 'x.test/../a'])(
    'refuses the repository %j',
    async (repository) => {
      await expect(createImageRegistry({ limits }).head(repository, 'v1')).rejects.toMatchObject({
        code: 'invalid_request',
      });
    },
  );
});

describe('a challenge', () => {
  test.each([
    [
      'Bearer realm="https://a.test/t",service="s",scope="x:y,z"',
      { scheme: 'bearer', realm: 'https://a.test/t', service: 's', scope: 'x:y,z' },
    ],
    [
      'bearer  realm=https://a.test',
      { scheme: 'bearer', realm: 'https://a.test', service: null, scope: null },
    ],
    ['Basic realm="r"', { scheme: 'basic' }],
    ['Negotiate, Basic realm="r"', { scheme: 'basic' }],
    ['Bearer error="x"', null],
    ['Digest realm="r"', null],
    [null, null],
  ])('%s is understood', (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });
});
