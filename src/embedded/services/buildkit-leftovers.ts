/** placeholder */
export async function endRunsOfBuildkit(_folder: string): Promise<void> {}
