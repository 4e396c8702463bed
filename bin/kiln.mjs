#!/usr/bin/env node
import { ensureBuilt, ensureDependencies, ensureNode } from './bootstrap.mjs';
import { loadMain } from './command-line.mjs';

ensureNode();
await ensureDependencies();
const entry = await ensureBuilt();
const argv = process.argv.slice(2);
const main = await loadMain(entry, argv);
process.exitCode = await main(argv);
