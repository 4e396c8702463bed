import { readFileSync, writeFileSync } from 'node:fs';
import { narrowed, type StepConfig } from './step-config.js';

/* Program: `node narrow-step.js <config.json>`: narrows the configuration of a container before runc makes it. */
const [, , file = ''] = process.argv;
writeFileSync(file, JSON.stringify(narrowed(JSON.parse(readFileSync(file, 'utf8')) as StepConfig)));
