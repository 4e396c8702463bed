import { KilnError } from '../../../src/domain/errors.js';
import type { LeaseSecrets } from '../../../src/ports/secrets.js';
import { FENCE } from './fake-leases.js';

/** One secret, one credential of each sort. */
export function fakeLeaseSecrets(): LeaseSecrets {
  return {
    fetch: async (_holder, fence, { names }) => {
      if (fence !== FENCE) throw new KilnError('stale_fence');
      return Promise.resolve({
        secrets: names.map((name) => ({ name, value: Buffer.from(`value of ${name}`) })),
        git: { kind: 'git_token', username: 'git', token: 'a-git-token' },
        registries: [{ host: 'localhost:5000', username: 'pusher', password: 'a-password' }],
      });
    },
  };
}
