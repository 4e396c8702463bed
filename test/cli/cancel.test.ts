import { setTimeout as sleep } from 'node:timers/promises';
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
    const before = await startFakeApi();
    await before.close();
    const running = cancel(before.url);
    await sleep(1_500);
    const api = await startFakeApi(Number(new URL(before.url).port));
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
});
