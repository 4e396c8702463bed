import type { ErrorCode } from '../domain/errors.js';
import type { StackProgress } from '../embedded/stack.js';
import type { CliAccess } from '../embedded/state.js';

/** What a `kiln up` that another process started tells it. */
export type UpMessage =
  | { readonly kind: 'progress'; readonly step: StackProgress }
  | { readonly kind: 'ready'; readonly access: CliAccess }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** Told to a `kiln up`: go on without me. */
export const KEEP_MESSAGE = 'keep';

/** The process that started this one and listens to it. */
export interface Parent {
  send(message: UpMessage): void;
  /** Resolves when the parent is gone without having asked to keep on. */
  readonly abandoned: Promise<void>;
  close(): void;
}

/** Null when nobody listens, as when a person runs `kiln up`. */
export function connectToParent(): Parent | null {
  if (process.send === undefined) return null;
  let isKept = false;
  process.on('message', (message) => {
    if (message !== KEEP_MESSAGE) return;
    isKept = true;
    process.disconnect();
  });
  const abandoned = new Promise<void>((resolve) => {
    process.on('disconnect', () => {
      if (!isKept) resolve();
    });
  });
  return {
    send: (message) => {
      if (process.connected) process.send?.(message);
    },
    abandoned,
    close: () => {
      if (process.connected) process.disconnect();
    },
  };
}
