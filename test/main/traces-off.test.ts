import { build } from 'esbuild';
import { expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;

/** Files and packages that a process loads when it starts: what is imported by `import()` is not among them. */
async function loadedAtStart(entry: string): Promise<{ files: string[]; packages: string[] }> {
  const { metafile } = await build({
    ...{ entryPoints: [entry], absWorkingDir: ROOT, bundle: true, packages: 'external', metafile: true },
    ...{ platform: 'node', format: 'esm', write: false, logLevel: 'silent' },
  });
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (external) packages.add(path);
      else visit(path);
    }
  };
  visit(entry);
  return { files: [...files], packages: [...packages] };
}

test.each(['api', 'controller', 'worker', 'supervisor'])(
  'the %s starts without OpenTelemetry; what sends traces is loaded where somebody receives them',
  async (name) => {
    const { files, packages } = await loadedAtStart(`src/main/${name}.ts`);
    expect(packages.filter((one) => one.startsWith('@opentelemetry'))).toEqual([]);
    expect(files.includes('src/controller/trace-sender.ts')).toBe(name === 'controller');
  },
);
