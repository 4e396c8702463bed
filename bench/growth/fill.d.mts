export function fillDatabase(
  url: string,
  size: { builds: number; logChunks: number; days?: number; report?: (text: string) => void },
): Promise<Record<string, number>>;
