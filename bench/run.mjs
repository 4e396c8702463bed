/** `npm run bench -- NAME [options]`: starts a measurement of this folder. README.md says what there is and how to read it. */
import { Closing, interruption } from './closing.mjs';

const MEASUREMENTS = {
  dispatch: () => import('./dispatch.mjs'),
  growth: () => import('./growth.mjs'),
  overhead: () => import('./overhead.mjs'),
  publish: () => import('./publish.mjs'),
  'publish-kills': () => import('./publish-kills.mjs'),
  retention: () => import('./retention.mjs'),
  webhooks: () => import('./webhooks.mjs'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = MEASUREMENTS[name];
if (name === '--help' || args.includes('--help')) {
  const modules = await Promise.all(
    (load === undefined ? Object.values(MEASUREMENTS) : [load]).map((one) => one()),
  );
  console.log(modules.map(({ USAGE }) => USAGE).join('\n'));
} else if (load === undefined) {
  console.error(
    `There is no measurement ${JSON.stringify(name)}. There is: ${Object.keys(MEASUREMENTS).join(', ')}.`,
  );
  process.exitCode = 2;
} else {
  const { measure } = await load();
  const closing = new Closing();
  try {
    await Promise.race([interruption(), measure(args, closing)]);
  } catch (error) {
    console.error(
      error.isInterruption || error.code?.startsWith?.('ERR_PARSE_ARGS_') ? error.message : error,
    );
    process.exitCode = error.isInterruption ? 130 : error.code?.startsWith?.('ERR_PARSE_ARGS_') ? 2 : 1;
  } finally {
    await closing.close();
  }
  // What was interrupted may still wait for answers.
  process.exit();
}
