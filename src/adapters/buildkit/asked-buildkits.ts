import { request } from 'node:http';
import { KilnError } from '../../domain/errors.js';
import type { Buildkits } from '../../ports/buildkits.js';

/** The BuildKits that a `kiln up` opens for those who ask on its socket. */
export function askedBuildkits(socketPath: string): Buildkits {
  return {
    async open({ tenantId, trust }, signal) {
      const { address } = await ask(socketPath, '/open', { tenantId, trust }, signal);
      if (typeof address === 'string') return address;
      throw unavailable('it answered without an address');
    },
    async clearCaches(wantedFreeBytes, signal) {
      await ask(socketPath, '/clear', { wantedFreeBytes: Math.ceil(wantedFreeBytes) }, signal);
    },
  };
}

/** One call; raises `builder_unavailable` unless the answer is a success. */
function ask(
  socketPath: string,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(unavailable(String(cause)));
    const sent = request({ socketPath, method: 'POST', path, signal, agent: false }, (response) => {
      const blocks: Buffer[] = [];
      response.on('data', (block: Buffer) => blocks.push(block));
      response.on('close', () => {
        if (!response.complete) fail('the answer broke off');
      });
      response.on('end', () => {
        try {
          const answer = JSON.parse(Buffer.concat(blocks).toString('utf8')) as Record<string, unknown>;
          if ((response.statusCode ?? 500) < 400) resolve(answer);
          else fail(answer['detail'] ?? answer['code']);
        } catch (cause) {
          fail(cause);
        }
      });
    });
    sent.on('error', fail);
    sent.end(JSON.stringify(body));
  });
}

function unavailable(reason: string): KilnError {
  return new KilnError('builder_unavailable', {
    message: `The BuildKit of this tenant could not be opened: ${reason}`,
  });
}
