import type { QueueStore, TenantQueue } from '../../ports/queue.js';
import type { TenantContext } from '../../ports/stores.js';

/** What is expected need not be newer. */
const KEEP_MS = 2_000;

/** The queues of tenants, each read and worked out at most once in two seconds, however many look at it or at builds in it. */
export class QueueReads {
  readonly #kept = new Map<string, { readonly untilMs: number; readonly queue: Promise<TenantQueue> }>();

  constructor(
    private readonly store: QueueStore,
    private readonly keepMs = KEEP_MS,
  ) {}

  read(tenant: TenantContext): Promise<TenantQueue> {
    const nowMs = performance.now();
    for (const [tenantId, { untilMs }] of this.#kept) if (untilMs <= nowMs) this.#kept.delete(tenantId);
    const kept = this.#kept.get(tenant.tenantId);
    if (kept !== undefined) return kept.queue;
    const queue = this.store.read(tenant);
    this.#kept.set(tenant.tenantId, { untilMs: nowMs + this.keepMs, queue });
    queue.catch(() => this.#kept.delete(tenant.tenantId));
    return queue;
  }
}
