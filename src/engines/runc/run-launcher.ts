let isEnding = false;

/** Whether the launcher was told to end: what fails from then on has not failed by itself. */
export function isLauncherEnding(): boolean {
  return isEnding;
}

/**
 * The life of a launcher (launch.ts), the first process of a process namespace: runs `launch`, whose exit code becomes its own, then `clear`. SIGTERM
 * ends every other process of the namespace first and gives the exit code for that.
 */
export async function runLauncher(
  launch: () => Promise<number>,
  clear: (isStopped: boolean) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  process.on('SIGTERM', () => {
    if (isEnding) return;
    isEnding = true;
    process.kill(-1, 'SIGKILL');
    void clear(true).finally(() => process.exit(143));
  });
  const exitCode = await launch().catch((error: unknown) => {
    if (!isEnding) throw error;
    return 1;
  });
  if (isEnding) return;
  await clear(false);
  process.exit(exitCode);
}
