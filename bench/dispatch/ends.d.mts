export function watchEnds(
  query: (text: string, values: unknown[]) => Promise<object[]>,
  limits?: { stallMs?: number },
): { of(buildId: string): Promise<string>; stop(): Promise<void> };
