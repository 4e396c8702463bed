/** Name of a build method: one of those that src/engines/index.ts lists. */
export type BuildMethod = string;
