import type { TenantContext } from './stores.js';

export interface Tenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** IANA name: whose midnights part the days of statistics. */
  readonly timeZone: string;
}

/** The tenant of a caller. */
export interface TenantStore {
  get(tenant: TenantContext): Promise<Tenant>;
  /** Another zone has all days of the tenant counted again by its midnights. */
  setZone(tenant: TenantContext, zone: string): Promise<Tenant>;
}
