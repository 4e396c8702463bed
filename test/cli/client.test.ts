import { getLimits } from '../../src/contracts/limits.js';
import { createClient } from '../../src/cli/client.js';
import { showLimits } from '../../src/api/handlers/limits/show-limits.js';
import { json, startFakeApi, TOKEN } from './support/fake-api.js';

const limits = showLimits({ tenant: {}, project: {} }, {}, null);

test.each([
  [1, 'is asked again, also when it is the first'],
  [99, 'is asked for a bounded time, and nobody is told to start what is only slow'],
])('a GET that is let wait %i times %s', async (silent) => {
  const api = await startFakeApi();
  let asked = 0;
  api.on('GET /v1/limits', (_request, response) => {
    asked += 1;
    if (asked > silent) json(response, 200, limits);
  });
  const timing = { timeoutMs: 300, firstPatienceMs: 100, patienceMs: 1_500 };
  const client = createClient({ apiUrl: api.url, token: TOKEN, ...timing });
  const answer = await client.call(getLimits, { query: {} }).catch((error: unknown) => error);
  await api.close();
  if (silent === 1) expect(answer).toEqual(limits);
  else {
    expect(answer).toMatchObject({
      code: 'unavailable',
      fix: expect.stringMatching(/^It may be busy/) as string,
    });
    expect(asked).toBeGreaterThan(1);
  }
});
