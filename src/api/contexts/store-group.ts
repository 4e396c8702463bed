import type { ReceivedContent } from '../../ports/contents.js';
import type { TenantContext } from '../../ports/stores.js';
import type { ApiDeps } from '../deps.js';

/** So many contents, or so many bytes of them, become durable together. */
const GROUP_CONTENTS = 128;
const GROUP_BYTES = 8 * 1024 * 1024;

/** Makes received contents durable and known, in groups. What was stored stays so, whatever becomes of the rest. */
export class StoringGroup {
  #group: ReceivedContent[] = [];
  #groupBytes = 0;
  stored = 0;
  storedBytes = 0;

  constructor(
    private readonly deps: Pick<ApiDeps, 'contents' | 'files' | 'events'>,
    private readonly tenant: TenantContext,
  ) {}

  async add(received: ReceivedContent): Promise<void> {
    this.#group.push(received);
    this.#groupBytes += received.sizeBytes;
    if (this.#group.length >= GROUP_CONTENTS || this.#groupBytes >= GROUP_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const group = this.#group;
    const { files, contents, events } = this.deps;
    this.#group = [];
    this.#groupBytes = 0;
    if (group.length === 0) return;
    try {
      await files.sync(this.tenant.tenantId, group);
      await contents.store(this.tenant, group, () => files.place(this.tenant.tenantId, group));
    } finally {
      await files.discard(group);
    }
    const sizeBytes = group.reduce((sum, content) => sum + content.sizeBytes, 0);
    this.stored += group.length;
    this.storedBytes += sizeBytes;
    events.contentsArrived({ contents: group.length, sizeBytes });
  }

  /** What did not get into a group for good is not kept. */
  async discard(): Promise<void> {
    await this.deps.files.discard(this.#group);
    this.#group = [];
  }
}
