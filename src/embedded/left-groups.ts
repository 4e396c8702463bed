import { groupsOfStack } from './services/step-runtime.js';

/** Removes the control groups that runs of a state folder have left. Call it only while no supervisor runs on the folder. */
export async function removeLeftGroups(stateFolder: string): Promise<void> {
  const groups = groupsOfStack(stateFolder);
  await groups.sweep(() => false);
  await groups.close();
}
