import type { BuildOptions } from '../../../contracts/effective-build.js';
import { KilnError } from '../../../domain/errors.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { ApiDeps } from '../../deps.js';

/** Refuses a build whose secrets are not stored, before it waits for a slot. A run looks again when it fetches them. */
export async function requireSecrets(
  deps: Pick<ApiDeps, 'secrets'>,
  tenant: TenantContext,
  projectId: string,
  { options }: { readonly options: BuildOptions },
): Promise<void> {
  const names = options.secrets.map(({ name }) => name);
  if (names.length === 0) return;
  const missing = await deps.secrets.missing(tenant, projectId, names);
  if (missing.length === 0) return;
  throw new KilnError('secret_missing', {
    message: `Neither the project nor the tenant has the secret ${missing.map((name) => `"${name}"`).join(', ')}.`,
    fields: options.secrets.flatMap(({ name }, index) =>
      missing.includes(name) ? [{ field: `options.secrets.${index}.name`, message: 'is not stored' }] : [],
    ),
  });
}
