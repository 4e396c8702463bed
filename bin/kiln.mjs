#!/usr/bin/env node
import { ensureBuilt, ensureDependencies, ensureNode } from './bootstrap.mjs';

ensureNode();
await ensureDependencies();
const entry = await ensureBuilt();
const { main } = await import(entry);
process.exitCode = await main(process.argv.slice(2));
