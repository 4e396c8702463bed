/** Build methods, and the order in which people see them. An engine exists for the methods in src/engines/index.ts. */
export const BUILD_METHODS = ['kaniko', 'buildx', 'container', 'paketo', 'packer'] as const;
export type BuildMethod = (typeof BUILD_METHODS)[number];
