import type { Database } from '../src/storage/database.js';

export function seedOldBuilds(
  admin: Database,
  of: { builds: number; days: number; tenantId?: string },
): Promise<{ tenantId: string; projectId: string }>;
