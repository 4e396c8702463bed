/** The figures in words, as far as there are any. */
export function printDispatch(figures) {
  const { memory_mb_per_1000_builds: memory, ...rest } = figures;
  const width = Math.max(...Object.keys(rest).map((name) => name.length));
  for (const [name, value] of Object.entries(rest)) console.log(`${name.padEnd(width)}  ${value}`);
  if (memory === undefined) return;
  const grown = Object.entries(memory).map(([name, mb]) => `${name} ${mb}`);
  console.log(`MB for each 1000 builds: ${grown.join(', ')}`);
}
