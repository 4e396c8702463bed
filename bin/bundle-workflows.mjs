import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const workflowsPath = path.join(dist, 'workflows', 'index.js');
const bundlePath = path.join(dist, 'workflow-bundle.js');

if (fs.existsSync(workflowsPath)) {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const partial = `${bundlePath}.${process.pid}`;
  fs.writeFileSync(partial, code);
  fs.renameSync(partial, bundlePath);
}
