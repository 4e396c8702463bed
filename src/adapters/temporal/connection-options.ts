import type { ConnectionOptions } from '@temporalio/client';
import { isLoopback } from '../../domain/network/proxy.js';

/**
 * How to connect to a Temporal frontend (`host:port`). gRPC takes https_proxy of the environment for every address that no_proxy does not
 * list; one on the loopback interface is always reached directly.
 */
export function connectionOptions(address: string): ConnectionOptions {
  const host = address.replace(/:\d+$/, '');
  return isLoopback(host) ? { address, channelArgs: { 'grpc.enable_http_proxy': 0 } } : { address };
}
