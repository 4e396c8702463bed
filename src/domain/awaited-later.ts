/**
 * A promise of work that goes on beside other work, for whoever awaits it after that: it gives its failure to them and to nobody before.
 * Without a handler from the start, one that fails meanwhile would end the process as a rejection that nobody has handled.
 */
export function awaitedLater<T extends Promise<unknown>>(work: T): T {
  work.catch(() => undefined);
  return work;
}
