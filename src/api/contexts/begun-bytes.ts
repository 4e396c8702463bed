export type Bytes = AsyncIterable<Uint8Array>;

/** The bytes; what ends them early is raised as `told` puts it. */
export async function* raising(
  open: () => Promise<Bytes>,
  told: (error: unknown) => Promise<unknown>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* await open();
  } catch (error) {
    throw await told(error);
  }
}

/** Waits for the first part, so that what cannot be read is told before an answer has begun. */
export async function begun(bytes: Bytes): Promise<Bytes> {
  const parts = bytes[Symbol.asyncIterator]();
  const first = await parts.next();
  return (async function* () {
    if (first.done !== true) yield first.value;
    yield* { [Symbol.asyncIterator]: () => parts };
  })();
}
