/** Runs one piece of work that a person waits for; `update` changes the words shown. */
export type Step = <T>(title: string, work: (update: (text: string) => void) => Promise<T>) => Promise<T>;
