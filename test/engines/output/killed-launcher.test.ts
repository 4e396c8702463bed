import { containerEngine } from '../../../src/engines/container/engine.js';
import { kanikoEngine } from '../../../src/engines/kaniko/engine.js';
import { shellExitCode } from '../../../src/engines/output/exit-code.js';
import { packerEngine } from '../../../src/engines/packer/engine.js';
import { paketoEngine } from '../../../src/engines/paketo/engine.js';

const PLAN = { argv: ['unshare'], env: {}, cwd: '/', files: {}, outputs: [] } as const;

describe.each([containerEngine, kanikoEngine, packerEngine, paketoEngine])('$method', (engine) => {
  const exitCodeAfter = (words: string): number | null | undefined => {
    const parser = engine.createParser(PLAN);
    parser.feed(Buffer.from(words), 'stderr');
    return parser.finish({ exitCode: 1, signal: null, outputs: {} }, (text) => text).failure?.exitCode;
  };

  test('tells a killed launcher by the exit code of a killed one, where unshare says it in words only', () => {
    expect(exitCodeAfter('unshare: sigprocmask unblock failed: Invalid argument\n')).toBe(137);
    expect(exitCodeAfter('Error: something else\n')).toBe(1);
  });
});

test('a process that a signal has ended has the exit code that a shell gives it', () => {
  expect(shellExitCode(null, 'SIGKILL')).toBe(137);
  expect(shellExitCode(null, null)).toBe(128);
  expect(shellExitCode(3, null)).toBe(3);
});
