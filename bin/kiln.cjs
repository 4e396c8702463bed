#!/usr/bin/env node
const fs = require('node:fs');
const path = require('node:path');
const { loadMain } = require('./command-line.cjs');

const NODE_FLOOR = [20, 3];

/*
 * Not an ES module: their loader takes longer to start than most commands take, and an installed copy, which is complete as it is,
 * needs it for none that the bundle can do.
 */
async function run(argv) {
  requireNode();
  if (fs.existsSync(path.join(__dirname, '../src'))) {
    const { ensureBuilt, ensureDependencies } = await import('./bootstrap.mjs');
    await ensureDependencies();
    await ensureBuilt();
  }
  const main = await loadMain(argv);
  process.exitCode = await main(argv);
}

/** Ends the process with one clear line when Node is older than package.json asks for. */
function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1])) return;
  console.error(
    `Kiln needs Node.js ${NODE_FLOOR.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).`,
  );
  console.error('Install a current LTS release of Node.js and run the command again.');
  process.exit(1);
}

void run(process.argv.slice(2));
