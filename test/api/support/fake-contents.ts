import { KilnError } from '../../../src/domain/errors.js';
import type { Content, ContentIndex } from '../../../src/ports/contents.js';

/** What a tenant's lists have asked for, by digest. */
export type FakeIndex = Map<string, Map<string, Content & { isStored: boolean }>>;

/** The index in memory: a row a tenant and digest, as the table has it. Nothing expires. */
export function fakeContents(index: FakeIndex): ContentIndex {
  const rowsOf = (tenantId: string): Map<string, Content & { isStored: boolean }> => {
    const rows = index.get(tenantId) ?? new Map<string, Content & { isStored: boolean }>();
    index.set(tenantId, rows);
    return rows;
  };
  return {
    need(tenant, contents) {
      const rows = rowsOf(tenant.tenantId);
      for (const content of contents) {
        const row = rows.get(content.sha256);
        if (row?.isStored === true && row.sizeBytes !== content.sizeBytes)
          return Promise.reject(new KilnError('context_invalid'));
        if (row?.isStored !== true) rows.set(content.sha256, { ...content, isStored: false });
      }
      const missing = contents.filter(({ sha256 }) => rows.get(sha256)?.isStored !== true);
      return Promise.resolve(missing.map(({ sha256 }) => sha256));
    },
    find: (tenant, sha256) => Promise.resolve(rowsOf(tenant.tenantId).get(sha256) ?? null),
    async store(tenant, contents, place) {
      const rows = rowsOf(tenant.tenantId);
      for (const { sha256, sizeBytes } of contents)
        if (rows.get(sha256)?.sizeBytes !== sizeBytes) throw new KilnError('invalid_request');
      await place();
      for (const content of contents)
        rows.set(content.sha256, { sha256: content.sha256, sizeBytes: content.sizeBytes, isStored: true });
    },
    forget(tenant, sha256) {
      const row = rowsOf(tenant.tenantId).get(sha256);
      if (row !== undefined) row.isStored = false;
      return Promise.resolve();
    },
    tenantsWithExpired: () => Promise.resolve([]),
    listsOfOpenBuilds: () => Promise.resolve([]),
    expire: () => Promise.resolve(0),
  };
}
