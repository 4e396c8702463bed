import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import { createCheckBaseImages } from '../../src/controller/check-base-images.js';
import type { ImageRound, SeenImage } from '../../src/ports/base-images.js';
import { scripted, type ScriptedRegistry } from '../adapters/registry/scripted-registry.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
/** What a registry answers to HEAD of an image. */
const SERVED = {
  'docker-content-digest': DIGEST,
  'content-type': 'application/vnd.oci.image.manifest.v1+json',
  'content-length': '3',
};
const never = new AbortController().signal;

let server: ScriptedRegistry;
afterEach(() => server.close());

/** Looks at these tags, over the client of registries, and gives what was written down of each tenant. */
async function look(
  rounds: readonly ImageRound[],
  credentials: (projectId: string) => { username: string; password: string } | null = () => null,
): Promise<SeenImage[][]> {
  const written: SeenImage[][] = [];
  const check = createCheckBaseImages({
    rounds: {
      begin: () => Promise.resolve([...rounds]),
      record: (_round, seen) => {
        written.push([...seen]);
        return Promise.resolve({ moves: 0 });
      },
    },
    registryFor: ({ projectId }) =>
      createImageRegistry({
        limits: { attempts: 1, answerTimeoutMs: 2_000 },
        credentials: () => Promise.resolve(credentials(projectId)),
      }),
  });
  const images = rounds.reduce((sum, round) => sum + round.images.length, 0);
  expect(await check(null, never)).toEqual({ images, moves: 0 });
  return written;
}

const aRound = (tenantId: string, names: readonly string[], projectIds = ['p']): ImageRound => ({
  tenantId,
  at: '2026-01-01T00:00:00.000Z',
  images: names.map((name) => ({ reference: `${server.host}/${name}`, projectIds })),
});

it('asks for each tag once for a tenant, by HEAD, however many projects stand on it', async () => {
  server = await scripted((_, response) => response.writeHead(200, SERVED).end());
  const rounds = [aRound('t', ['a:1', 'b:2'], ['p', 'q']), aRound('u', ['a:1'])];
  expect(await look(rounds)).toEqual([
    [
      { reference: `${server.host}/a:1`, digest: DIGEST },
      { reference: `${server.host}/b:2`, digest: DIGEST },
    ],
    [{ reference: `${server.host}/a:1`, digest: DIGEST }],
  ]);
  expect(server.requests).toEqual([
    'HEAD /v2/a/manifests/1',
    'HEAD /v2/b/manifests/2',
    'HEAD /v2/a/manifests/1',
  ]);
});

it.each([
  ['seconds', () => '7200', 7_200_000],
  ['a date', () => new Date(Date.now() + 7_200_000).toUTCString(), 7_200_000],
])(
  'leaves a registry alone that limits requests for as long as it asks, in %s',
  async (_, wanted, pauseMs) => {
    server = await scripted((_request, response) =>
      response.writeHead(429, { 'retry-after': wanted() }).end(),
    );
    const [seen] = await look([aRound('t', ['a:1', 'b:2'])]);
    expect(server.requests.every((request) => request.endsWith('/v2/a/manifests/1'))).toBe(true);
    expect(server.requests.length).toBeLessThanOrEqual(2);
    for (const one of seen!) {
      const pause = 'pauseMs' in one ? one.pauseMs! : 0;
      expect(pause).toBeGreaterThan(pauseMs - 30_000);
      expect(pause).toBeLessThanOrEqual(pauseMs);
    }
    expect(seen).toMatchObject([
      { trouble: expect.stringContaining('429') as unknown },
      { trouble: `The registry ${server.host} wants no requests for now.` },
    ]);
  },
);

it('tries the credentials of the next project where those of one are refused', async () => {
  server = await scripted((request, response) =>
    request.headers.authorization === `Basic ${Buffer.from('q:secret').toString('base64')}`
      ? response.writeHead(200, SERVED).end()
      : response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
  );
  const credentials = (username: string) => ({ username, password: 'secret' });
  expect(await look([aRound('t', ['a:1'], ['p', 'q', 'r'])], credentials)).toEqual([
    [{ reference: `${server.host}/a:1`, digest: DIGEST }],
  ]);
});

it('says of each tag why a look told nothing, and goes on with the next', async () => {
  server = await scripted((request, response) => {
    if (request.url?.startsWith('/v2/gone/')) response.writeHead(404).end();
    else if (request.url?.startsWith('/v2/broken/')) response.writeHead(500).end();
    else response.writeHead(200, SERVED).end();
  });
  const [seen] = await look([aRound('t', ['gone:1', 'broken:1', 'a:1'])]);
  expect(seen).toEqual([
    expect.objectContaining({ trouble: `There is no tag 1 at ${server.host}/gone.`, pauseMs: null }),
    expect.objectContaining({ trouble: expect.stringContaining('500') as unknown, pauseMs: null }),
    { reference: `${server.host}/a:1`, digest: DIGEST },
  ]);
});
