import type { fetchSecrets as operation } from '../../../contracts/supervisor.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function fetchSecrets(deps: Pick<ApiDeps, 'leaseSecrets'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    const { secrets, git, registries } = await deps.leaseSecrets.fetch(caller, body.fence, {
      names: body.names,
      gitHost: body.git_host,
      registryHosts: body.registry_hosts,
    });
    return {
      status: 200,
      body: {
        secrets: secrets.map(({ name, value }) => ({ name, value_base64: value.toString('base64') })),
        git:
          git?.kind === 'git_ssh_key'
            ? { kind: git.kind, private_key: git.privateKey, known_hosts: git.knownHosts }
            : git,
        registries: [...registries],
      },
    };
  };
}
