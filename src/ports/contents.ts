import type { TenantContext } from './stores.js';

/** Bytes of one tenant by their SHA-256 (lower-case hex) and size. */
export interface Content {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Which contents a tenant has, and which its lists ask for. No tenant learns what another one has. */
export interface ContentIndex {
  /**
   * Says that these are needed now, which keeps them for as long as contents are kept, and gives the digests of those whose bytes
   * are not here, in the order given. `context_invalid` when bytes of another size are here under a digest.
   */
  need(tenant: TenantContext, contents: readonly Content[]): Promise<string[]>;
  /** A content that some list of the tenant asks for, stored or not; null for any other. */
  find(tenant: TenantContext, sha256: string): Promise<(Content & { isStored: boolean }) | null>;
  /**
   * Calls `place`, which puts the received bytes where they belong, and records them as stored, in one transaction that waits for a
   * deletion of the same bytes. `invalid_request` when a list asks for none such; nothing is placed then. May call `place` again.
   */
  store(tenant: TenantContext, contents: readonly Content[], place: () => Promise<void>): Promise<void>;
  /** The bytes turned out to be missing: asked for again; bills of materials that they are of are made again. */
  forget(tenant: TenantContext, sha256: string): Promise<void>;
  /** Tenants that have contents which nothing has needed for so long. */
  tenantsWithExpired(keepMs: number): Promise<string[]>;
  /** Lists (their digests) of the builds of a tenant that are not over. */
  listsOfOpenBuilds(tenantId: string): Promise<string[]>;
  /**
   * Forgets up to `limit` contents of a tenant that nothing has needed for so long, calling `remove` for their bytes. Gives how many.
   * What dies in the middle is repeated by the next call.
   */
  expire(
    tenantId: string,
    keepMs: number,
    limit: number,
    remove: (sha256: readonly string[]) => Promise<void>,
  ): Promise<number>;
}

/** Bytes that have arrived, whole and with their digest, and wait for their place. */
export interface ReceivedContent extends Content {
  readonly path: string;
}

/** Bytes from `first` to `last`, both counted from 0 and both meant. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Where the bytes of contents lie: one place for all processes of an installation, where bytes are whole or not at all. */
export interface BlobStore {
  /** Takes bytes out of the files where they wait, as far as that can be done before it is known that they are wanted. */
  prepare(tenantId: string, received: readonly ReceivedContent[]): Promise<void>;
  /** Has prepared bytes in their place, durably, also when somebody has removed them since. Repeating is harmless. */
  place(tenantId: string, received: readonly ReceivedContent[]): Promise<void>;
  /** `version` changes with the bytes. Null where nothing is. */
  stat(
    tenantId: string,
    sha256: string,
  ): Promise<{ readonly sizeBytes: number; readonly version: string } | null>;
  /** `not_found`; with `version`, also where the bytes have another one by now. */
  open(
    tenantId: string,
    sha256: string,
    part?: { readonly range?: ByteRange | undefined; readonly version?: string },
  ): Promise<AsyncIterable<Uint8Array>>;
  remove(tenantId: string, sha256: readonly string[]): Promise<void>;
  /** Removes what began to be stored longer ago and broke off. */
  sweep(olderThanMs: number): Promise<void>;
  /** Raises `blob_store_unavailable`, with why, where nothing could be stored or read. */
  check(): Promise<void>;
}

/** Takes the bytes of contents as they come, and gives those that are stored. */
export interface ContentFiles {
  /** Takes exactly the announced bytes. `digest_mismatch` (naming the digest) when they differ; nothing is kept then. */
  receive(tenantId: string, content: Content, bytes: AsyncIterable<Uint8Array>): Promise<ReceivedContent>;
  /** Takes bytes whose digest and size are learnt on the way; `payload_too_large` past `maxBytes`. */
  receiveUnknown(
    tenantId: string,
    bytes: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<ReceivedContent>;
  /** Makes the bytes as durable as they can be before they are placed. */
  sync(tenantId: string, received: readonly ReceivedContent[]): Promise<void>;
  /** Has synced bytes in their place, durably; repeating is harmless. */
  place(tenantId: string, received: readonly ReceivedContent[]): Promise<void>;
  discard(received: readonly ReceivedContent[]): Promise<void>;
  /** How many bytes of a content have arrived in pieces. */
  arrived(tenantId: string, sha256: string): Promise<number>;
  /**
   * Adds bytes at an offset, which is where the earlier ones end (`conflict` otherwise). What has arrived is kept, also when the
   * stream breaks. `payload_too_large` for more than the content's size. Gives the new end.
   */
  append(
    tenantId: string,
    content: Content,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<number>;
  /** All pieces are there: checks the digest. `digest_mismatch` throws the pieces away. */
  finish(tenantId: string, content: Content): Promise<ReceivedContent>;
  /** The bytes for somebody who judges their digest himself, or `not_found`. */
  open(tenantId: string, sha256: string): Promise<AsyncIterable<Uint8Array>>;
  /**
   * The bytes, or a range of them, once all of them were read and found to be the stored ones. What was found so a short while ago and
   * has not changed since is not read before; the whole is judged while it is given, too, and its end withheld. `not_found`,
   * `digest_mismatch`, which the stream of the whole may raise as well.
   */
  read(tenantId: string, content: Content, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>;
  remove(tenantId: string, sha256: readonly string[]): Promise<void>;
  /** Removes what broke off more than so long ago and was never asked for again. */
  sweep(olderThanMs: number): Promise<void>;
}
