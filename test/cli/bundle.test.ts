import fs from 'node:fs';

interface Bundled {
  main(argv: readonly string[], cli: object): Promise<number>;
  needsFiles(argv: readonly string[]): boolean;
}
interface CommandLine {
  BUNDLE: string;
  CODE_CACHE: string;
  PROGRAM: string;
  loadBundle(): (Bundled & { script: { cachedDataRejected?: boolean } }) | null;
  loadMain(argv: readonly string[]): Promise<Bundled['main']>;
}
const at = (file: string): string => new URL(`../../${file}`, import.meta.url).href;
const { BUNDLE, CODE_CACHE, PROGRAM, loadBundle, loadMain } = (await import(at('bin/command-line.cjs')))
  .default as CommandLine;

async function printed(main: Bundled['main'], argv: readonly string[]): Promise<string> {
  let text = '';
  const stream = { write: (part: string) => (text += part) };
  const world = { env: {}, cwd: '/', stdin: process.stdin, stdout: stream, stderr: stream, browser: null };
  await main(argv, { ...world, onInterrupt: () => () => undefined, exitCode: 0 });
  return text;
}

test('the bundled command line says what the compiled one says, from its code cache', async () => {
  const bundle = loadBundle();
  const { main } = (await import(at('dist/src/main/kiln.js'))) as Bundled;
  expect(bundle?.script.cachedDataRejected).toBe(false);
  for (const argv of [['--help'], ['build', '--help'], ['build', '/no/such/folder'], ['--version']]) {
    expect(await printed(bundle!.main, argv)).toBe(await printed(main, argv));
  }
});

test.each([['up'], ['help', 'doctor'], ['open', 'app#1'], ['__complete', 'demo', '']])(
  'what finds its parts beside its own file is not left to the bundle: %s %s',
  async (...argv) => {
    const { main } = (await import(PROGRAM)) as Bundled;
    expect(loadBundle()?.needsFiles(argv)).toBe(true);
    expect(await loadMain(argv)).toBe(main);
  },
);

test('bundle and code cache lie beside the compiled entry', () => {
  expect(fs.existsSync(BUNDLE) && fs.existsSync(CODE_CACHE)).toBe(true);
});
