export class Closing {
  open<T>(open: () => T, close: (opened: Awaited<T>) => unknown): Promise<Awaited<T>>;
  close(): Promise<void>;
}
export function interruption(): Promise<never>;
export function openScratch(closing: Closing): Promise<string>;
