import { watch } from 'node:fs';

/**
 * Resolves as soon as `look` gives something: when one of the named files of the folder changes, and every `recheckMs`
 * for what no file tells (a process that vanished without a word). Null when the signal fires first.
 */
export function watchFor<T>(
  folder: string,
  look: () => T | null,
  options: { files: readonly string[]; recheckMs: number; signal?: AbortSignal | undefined },
): Promise<T | null> {
  return new Promise((resolve) => {
    const check = (): void => {
      const found = look();
      if (found !== null) end(found);
    };
    const end = (value: T | null): void => {
      watcher?.close();
      clearInterval(timer);
      options.signal?.removeEventListener('abort', aborted);
      resolve(value);
    };
    const aborted = (): void => end(null);
    const watcher = startWatch(folder, options.files, check);
    const timer = setInterval(check, options.recheckMs);
    options.signal?.addEventListener('abort', aborted, { once: true });
    if (options.signal?.aborted === true) aborted();
    else check();
  });
}

/** Null where the host has no watches left; the re-check then does the work. */
function startWatch(
  folder: string,
  files: readonly string[],
  onChange: () => void,
): { close(): void } | null {
  try {
    const watcher = watch(folder, (_event, name) => {
      if (name === null || files.includes(name)) onChange();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
