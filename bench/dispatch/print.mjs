/** The figures in words, as far as there are any. */
export function printDispatch(figures) {
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  for (const [name, value] of Object.entries(figures)) {
    const text =
      typeof value === 'number'
        ? value
        : Object.entries(value)
            .map(([of, each]) => `${of} ${each}`)
            .join(', ');
    console.log(`${name.padEnd(width)}  ${text}`);
  }
}
