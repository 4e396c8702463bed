/** The digest in the metadata file that buildctl leaves after a push; null when there is none. */
export function readStagedDigest(
  outputs: Readonly<Record<string, string | null>>,
  paths: readonly string[],
): string | null {
  for (const path of paths) {
    const digest = digestIn(outputs[path] ?? null);
    if (digest !== null) return digest;
  }
  return null;
}

function digestIn(content: string | null): string | null {
  if (content === null) return null;
  try {
    const digest = (JSON.parse(content) as Record<string, unknown> | null)?.['containerimage.digest'];
    return typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : null;
  } catch {
    return null;
  }
}
