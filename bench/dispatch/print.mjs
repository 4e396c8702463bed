/** The figures in words, as far as there are any. */
export function printDispatch(figures) {
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  for (const [name, value] of Object.entries(figures)) {
    const lines = Array.isArray(value) ? value : [value];
    for (const line of lines) console.log(`${name.padEnd(width)}  ${inWords(line)}`);
  }
}

function inWords(value) {
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([of, each]) => `${of} ${typeof each === 'object' ? `(${inWords(each)})` : each}`)
    .join(', ');
}
