import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { json, problem, startFakeApi, type FakeApi } from './support/fake-api.js';
import { aBuild } from '../support/api-records.js';
import { runKiln } from './support/run-kiln.js';

const build = aBuild({ cancel_requested_at: '2026-05-04T10:00:01.000Z' });
const ROUTE = `POST /v1/builds/${build.id}/cancel`;
const NOTE = 'Kiln does not answer; trying again\n';

const cancel = (apiUrl: string) => runKiln(['cancel', build.id, '--detach'], { apiUrl });

function answer(api: FakeApi): void {
  api.on(`GET /v1/builds/${build.id}`, (_request, response) => json(response, 200, build));
  api.on(ROUTE, (_request, response) => json(response, 202, build));
}

describe('kiln cancel', () => {
  it('waits for an api that is being started again', async () => {
    const before = createServer().listen(0, '127.0.0.1');
    await once(before, 'listening');
    const { port } = before.address() as AddressInfo;
    const running = cancel(`http://127.0.0.1:${port}`);
    const [asked] = (await once(before, 'connection')) as [Socket];
    asked.destroy();
    await new Promise((resolve) => before.close(resolve));
    const api = await startFakeApi(port);
    answer(api);
    const ran = await running;
    await api.close();
    expect(ran).toEqual({ exitCode: 0, stdout: 'hello#12 is being cancelled\n', stderr: NOTE });
  });

  it('asks again when the answer is lost or the api cannot answer right now', async () => {
    const api = await startFakeApi();
    answer(api);
    let calls = 0;
    api.on(ROUTE, (_request, response) => {
      calls += 1;
      if (calls === 1) response.destroy();
      else if (calls === 2) problem(response, 'unavailable');
      else json(response, 202, build);
    });
    const ran = await cancel(api.url);
    await api.close();
    expect(ran).toMatchObject({ exitCode: 0, stderr: NOTE });
    expect(calls).toBe(3);
  });

  const late = { publish_began_at: '2026-05-04T10:00:00.500Z' };
  it.each([
    ['nothing was published', {}, 'hello#12 is being cancelled\n'],
    [
      'its publication has begun',
      late,
      'hello#12 is being cancelled, but its publication has begun: what is published by then stays\n',
    ],
    [
      'it ended after its publication had begun',
      {
        ...late,
        status: 'cancelled' as const,
        error_message: 'The build was cancelled after its publication had begun; moved: no tag.',
      },
      'hello#12 is cancelled: The build was cancelled after its publication had begun; moved: no tag.\n',
    ],
    [
      'it came too late',
      { ...late, status: 'success' as const },
      'hello#12 ended: success; its publication had begun before the cancel\n',
    ],
  ])('says that %s', async (_what, change, stdout) => {
    const api = await startFakeApi();
    api.on(`GET /v1/builds/${build.id}`, (_request, response) => json(response, 200, build));
    api.on(ROUTE, (_request, response) => json(response, 202, { ...build, ...change }));
    expect((await cancel(api.url)).stdout).toBe(stdout);
    await api.close();
  });
});
