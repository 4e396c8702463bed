/** `npm run bench -- NAME [options]`: starts a measurement of this folder. README.md says what there is and how to read it. */
const MEASUREMENTS = {
  dispatch: () => import('./dispatch.mjs'),
  overhead: () => import('./overhead.mjs'),
  publish: () => import('./publish.mjs'),
  'publish-kills': () => import('./publish-kills.mjs'),
  webhooks: () => import('./webhooks.mjs'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = MEASUREMENTS[name];
if (load === undefined) {
  console.error(
    `There is no measurement ${JSON.stringify(name)}. There is: ${Object.keys(MEASUREMENTS).join(', ')}.`,
  );
  process.exitCode = 2;
} else {
  try {
    await (await load()).measure(args);
  } catch (error) {
    if (!String(error.code).startsWith('ERR_PARSE_ARGS_')) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
