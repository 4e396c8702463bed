import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aContext, breakOff, eventually, sendRaw, sha256Of } from './support/a-context.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const json = async (response: Promise<Response>): Promise<Record<string, unknown>> =>
  (await (await response).json()) as Record<string, unknown>;

describe('a large content', () => {
  const bytes = randomBytes(3000);
  const context = aContext({ big: bytes });
  const path = `/v1/contents/${sha256Of(bytes)}`;
  const patch = (offset: number, part: Uint8Array): Promise<Response> =>
    sendRaw(api, 'PATCH', path, part, { 'upload-offset': String(offset) });

  beforeEach(() => sendRaw(api, 'PUT', `/v1/uploads/sha256/${context.sha256}`, context.list));

  it('comes in pieces and is there after the last one', async () => {
    expect(await json(patch(0, bytes.subarray(0, 1000)))).toMatchObject({
      offset_bytes: 1000,
      stored: false,
    });
    expect(await json(api.send(path))).toMatchObject({ offset_bytes: 1000, size_bytes: 3000 });
    expect(await json(patch(1000, bytes.subarray(1000)))).toMatchObject({ offset_bytes: 3000, stored: true });
    expect(await json(patch(3000, new Uint8Array()))).toMatchObject({ stored: true });
    expect(await json(api.send(`/v1/uploads/sha256/${context.sha256}`))).toMatchObject({ missing: [] });
  });

  it('goes on where the connection broke', async () => {
    const arrived = async (): Promise<boolean> => (await json(api.send(path)))['offset_bytes'] === 2700;
    await breakOff(
      api,
      'PATCH',
      path,
      bytes.subarray(0, 2700),
      { 'upload-offset': '0', 'content-length': '3000' },
      arrived,
    );
    await eventually(async () => (await patch(2700, bytes.subarray(2700))).status === 200);
    expect(await json(api.send(path))).toMatchObject({ stored: true });
    expect(api.events.map(({ name }) => name)).not.toContain('requestFailed');
  });

  it('does not go on anywhere else', async () => {
    await patch(0, bytes.subarray(0, 1000));
    expect(await json(patch(500, bytes.subarray(500)))).toMatchObject({
      status: 409,
      fields: [{ field: 'upload-offset', message: '1000 bytes have arrived: go on there' }],
    });
  });

  it('that is not what its digest says is refused at its end and begins again', async () => {
    await patch(0, bytes.subarray(0, 1000));
    expect(await json(patch(1000, randomBytes(2000)))).toMatchObject({
      status: 422,
      code: 'digest_mismatch',
    });
    expect(await json(api.send(path))).toMatchObject({ offset_bytes: 0, stored: false });
    expect(await json(patch(0, bytes))).toMatchObject({ stored: true });
  });

  it('is refused with more bytes than it has', async () => {
    expect((await patch(0, randomBytes(3001))).status).toBe(413);
  });

  it('is not sent by two at once', async () => {
    const arrived = async (): Promise<boolean> => (await json(api.send(path)))['offset_bytes'] === 100;
    const sent = request(`${api.url}${path}`, {
      method: 'PATCH',
      headers: { authorization: 'Bearer good-token', 'upload-offset': '0', 'content-length': '3000' },
    });
    sent.on('error', () => undefined);
    sent.write(bytes.subarray(0, 100));
    await eventually(arrived);
    expect(await json(patch(100, bytes.subarray(100)))).toMatchObject({ status: 409, code: 'conflict' });
    sent.destroy();
  });
});
