export const INSPECTABLE: { readonly NODE_OPTIONS: string };
export function heapOf(of: { pid: number; logFile: string }): Promise<{ main: number; threads: number }>;
