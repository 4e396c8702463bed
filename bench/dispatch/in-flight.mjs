/** Calls `work` so many times, `atOnce` of them going on at any time. Gives what they gave, in the order of their ends. */
export async function inFlight(times, atOnce, work) {
  const results = [];
  let begun = 0;
  const lane = async () => {
    while (begun < times) results.push(await work(begun++));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, times) }, lane));
  return results;
}
