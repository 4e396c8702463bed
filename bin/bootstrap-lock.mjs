import fs from 'node:fs';
import path from 'node:path';

const POLL_MS = 100;
const STALE_MS = 15 * 60_000;

/**
 * Runs `work` while holding a lock file that names this process, so that two commands started at once do not install
 * or compile over each other. A lock whose process is gone is taken over.
 */
export async function withLock(file, say, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!tryTake(file)) {
    if (!told) say('Another Kiln command is preparing this checkout; waiting for it...');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const release = () => fs.rmSync(file, { force: true });
  process.once('exit', release);
  const onSignal = () => process.exit(130);
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    release();
  }
}

/** The content is there the moment the name is: a link either makes the whole lock or fails. */
function tryTake(file) {
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, String(process.pid));
  try {
    fs.linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeStale(file, mine);
    return false;
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

/** Renames before removing, so that of two waiters only one takes a stale lock away. */
function removeStale(file, mine) {
  try {
    const age = Date.now() - fs.statSync(file).mtimeMs;
    if (age < STALE_MS && isAlive(Number(fs.readFileSync(file, 'utf8')))) return;
    const aside = `${mine}.stale`;
    fs.renameSync(file, aside);
    if (
      isAlive(Number(fs.readFileSync(aside, 'utf8'))) &&
      Date.now() - fs.statSync(aside).mtimeMs < STALE_MS
    ) {
      fs.linkSync(aside, file);
    }
    fs.rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
