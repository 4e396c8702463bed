/** What exit code 137 of a step says besides; the supervisor takes it back where the kernel knows better. */
export function killedHint(exitCode: number | string): string {
  return String(exitCode) === '137' ? '; 137 means that it was killed, most often for want of memory' : '';
}
