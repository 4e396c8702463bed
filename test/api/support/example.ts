/** How each operation is called well, for a thing that does not exist, and badly. */
export interface Example {
  readonly path: string;
  readonly ok: number;
  /** `no-store` unless it says otherwise. */
  readonly cacheControl?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly raw?: Uint8Array;
  readonly headers?: Record<string, string>;
  readonly missing?: string;
  readonly bad?: { path?: string; body?: unknown };
}
