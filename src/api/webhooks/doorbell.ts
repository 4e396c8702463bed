/**
 * Rings by `ring`, one at a time: what is asked for while one is on its way is one more after it. Doorbells of many deliveries together
 * are one, and none of them stands in the way of a commit. `failed` is told of one that could not be rung.
 */
export function createDoorbell(ring: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let isRinging = false;
  let isAsked = false;
  const keepRinging = async (): Promise<void> => {
    while (isAsked) {
      isAsked = false;
      await ring().catch(failed);
    }
    isRinging = false;
  };
  return () => {
    isAsked = true;
    if (isRinging) return;
    isRinging = true;
    void keepRinging();
  };
}
