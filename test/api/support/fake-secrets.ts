import { KilnError } from '../../../src/domain/errors.js';
import type { CredentialStore, LeaseSecrets, SecretStore } from '../../../src/ports/secrets.js';
import { FENCE } from './fake-leases.js';
import { LEASE_ID, NOW } from './records.js';

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

const stored = { id: LEASE_ID, project: null, version: 1, createdAt: NOW, updatedAt: NOW };

/** Notes what was stored; knows one secret and one credential. */
export function fakeSecrets(effects: { name: string; input: unknown }[]): SecretStore {
  return {
    async put(_tenant, projectId, name, value) {
      effects.push({ name: 'putSecret', input: { projectId, name, value: value.toString() } });
      return Promise.resolve({ ...stored, name });
    },
    list: () => Promise.resolve({ items: [{ ...stored, name: 'npm-token' }], nextCursor: null }),
    remove: (_tenant, _projectId, name) => onlyKnown(name === 'npm-token'),
    missing: (_tenant, _projectId, names) => Promise.resolve(names.filter((name) => name !== 'npm-token')),
    owned: () => Promise.resolve([]),
  };
}

export function fakeCredentials(effects: { name: string; input: unknown }[]): CredentialStore {
  return {
    async put(_tenant, projectId, credential) {
      effects.push({ name: 'putCredential', input: { projectId, ...credential } });
      const { kind, host, username, knownHosts } = credential;
      return Promise.resolve({ ...stored, kind, host, username, knownHosts });
    },
    list: () => Promise.resolve({ items: [], nextCursor: null }),
    remove: (_tenant, _projectId, _kind, host) => onlyKnown(host === 'git.example.com'),
  };
}

function onlyKnown(isKnown: boolean): Promise<void> {
  return isKnown ? Promise.resolve() : Promise.reject(new KilnError('not_found'));
}
