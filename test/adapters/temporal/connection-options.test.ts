import { connectionOptions } from '../../../src/adapters/temporal/connection-options.js';

test('a Temporal on the loopback interface is reached past the proxies of the environment, others through them', () => {
  const direct = { 'grpc.enable_http_proxy': 0 };
  expect(connectionOptions('127.0.0.1:7233')).toEqual({ address: '127.0.0.1:7233', channelArgs: direct });
  expect(connectionOptions('localhost:7233')).toMatchObject({ channelArgs: direct });
  expect(connectionOptions('[::1]:7233')).toMatchObject({ channelArgs: direct });
  expect(connectionOptions('temporal.lan:7233')).toEqual({ address: 'temporal.lan:7233' });
});
