import { sql } from 'kysely';
import type { TokenStore } from '../../ports/stores.js';
import type { Database } from '../database.js';
import { asStorageError } from '../errors.js';
import { hashToken, TOKEN_PREFIX } from '../token.js';

/** Resolves API tokens by their hash, through a function that sees all tenants. */
export function createTokenStore(db: Database): TokenStore {
  return {
    resolveApiToken: async (token) => {
      if (!token.startsWith(TOKEN_PREFIX.api)) return null;
      try {
        const { rows } = await sql<{ tenant_id: string; user_id: string | null; token_id: string }>`
          SELECT tenant_id, user_id, token_id FROM resolve_api_token(${hashToken(token)})`.execute(db);
        const [row] = rows;
        if (row === undefined) return null;
        return { tenantId: row.tenant_id, userId: row.user_id, tokenId: row.token_id };
      } catch (error) {
        throw asStorageError(error);
      }
    },
  };
}
