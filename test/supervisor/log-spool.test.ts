import { vi } from 'vitest';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { appendFile, type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LogChunkIn } from '../../src/contracts/supervisor.js';
import { KilnError } from '../../src/domain/errors.js';
import { LogCap } from '../../src/supervisor/log-cap.js';
import { LineAssembler, type LogLine } from '../../src/supervisor/log-lines.js';
import { LogSpool } from '../../src/supervisor/log-spool.js';
import { Masks } from '../../src/supervisor/masks.js';
import { LogUploader } from '../../src/supervisor/log-uploader.js';

const LIMITS = { chunkBytes: 64, chunkLines: 4, chunkWaitMs: 5 };
const line = (text: string, stepNumber: number | null = 1): LogLine => ({
  stepNumber,
  level: 'INFO',
  bytes: Buffer.from(text),
});

describe('the log spool', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'kiln-spool-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const openSpool = (name = 'chunks.jsonl') =>
    LogSpool.open(path.join(folder, name), LIMITS, {
      beforeWrite: () => Promise.resolve(),
      onDurable: () => {},
    });

  async function chunksOf(name = 'chunks.jsonl'): Promise<LogChunkIn[]> {
    const text = await readFile(path.join(folder, name), 'utf8');
    return text
      .split('\n')
      .slice(0, -1)
      .map((record) => JSON.parse(record) as LogChunkIn);
  }

  it('begins a new chunk when the step changes, after four lines and before 64 bytes are passed', async () => {
    const spool = await openSpool();
    for (const text of ['a\n', 'b\n', 'c\n', 'd\n', 'e\n']) spool.add(line(text));
    spool.add(line('other step\n', 2));
    spool.add(line(`${'x'.repeat(60)}\n`, 2));
    await spool.flush();
    await spool.close();
    expect(
      (await chunksOf()).map(({ step_number, first_line, line_count }) => [
        step_number,
        first_line,
        line_count,
      ]),
    ).toEqual([
      [1, 1, 4],
      [1, 5, 1],
      [2, 6, 1],
      [2, 7, 1],
    ]);
  });

  it('writes a chunk that nothing follows after a short wait', async () => {
    const spool = await openSpool();
    spool.add(line('alone\n'));
    await expect.poll(chunksOf, { interval: 5 }).toHaveLength(1);
    await spool.close();
  });

  it('goes on after a kill where the disk ends, also when the last chunk is half written', async () => {
    const lines = Array.from({ length: 9 }, (_, n) => line(`line ${n}\n`));
    const first = await openSpool();
    for (const one of lines.slice(0, 6)) first.add(one);
    await first.flush();
    await first.close();
    await appendFile(path.join(folder, 'chunks.jsonl'), '{"chunk":2,"step_nu');
    const second = await openSpool();
    for (const one of lines) second.add(one);
    const seal = await second.seal(null);
    await second.close();
    const whole = lines.map(({ bytes }) => bytes.toString()).join('');
    expect(seal).toEqual({
      chunks: (await chunksOf()).length,
      lines: 9,
      bytes: whole.length,
      sha256: createHash('sha256').update(whole).digest('hex'),
      note: null,
    });
  });

  it('loses nothing when the disk was full for a while and took a part of a record', async () => {
    const spool = await openSpool();
    spool.add(line('before\n'));
    await spool.flush();
    const handle = await open(path.join(folder, 'chunks.jsonl'));
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const append = vi.spyOn(prototype, 'appendFile').mockImplementationOnce(async function (
      this: FileHandle,
    ) {
      await this.write('{"chunk":1,"ste');
      throw Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' });
    });
    spool.add(line('during\n'));
    await expect(spool.flush()).rejects.toThrow('ENOSPC');
    append.mockRestore();
    spool.add(line('after\n'));
    const seal = await spool.seal(null);
    await spool.close();
    const whole = 'before\nduring\nafter\n';
    expect(seal).toMatchObject({ chunks: 3, sha256: createHash('sha256').update(whole).digest('hex') });
    const stored = (await chunksOf()).map(({ content_base64 }) => Buffer.from(content_base64, 'base64'));
    expect(Buffer.concat(stored).toString()).toBe(whole);
  });

  it('says in the seal when the log came out differently after a restart', async () => {
    const first = await openSpool();
    first.add(line('one\n'));
    await first.flush();
    await first.close();
    const second = await openSpool();
    second.add(line('two\n'));
    expect((await second.seal(null)).note).toMatch(/differently/);
    await second.close();
  });

  it('delivers every byte in order whatever the splits, kills and faults of the api', async () => {
    const content = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\0'), maxLength: 40 }), {
      maxLength: 20,
    });
    const faults = fc.infiniteStream(fc.constantFrom('none', 'before', 'after'));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 0, max: 20 }), faults, async (portions, killAt, fault) => {
        const name = `${round++}.jsonl`;
        const stored = new Map<number, LogChunkIn>();
        const send = (chunks: LogChunkIn[]): Promise<void> => {
          const kind = fault.next().value;
          if (kind === 'before') return Promise.reject(new KilnError('unavailable'));
          for (const chunk of chunks) if (!stored.has(chunk.chunk)) stored.set(chunk.chunk, chunk);
          return kind === 'after' ? Promise.reject(new KilnError('unavailable')) : Promise.resolve();
        };
        const live = async (upTo: number) => {
          const spool = await openSpool(name);
          const lines = new LineAssembler(new Masks(), 64);
          for (const text of portions.slice(0, upTo)) {
            const bytes = Buffer.from(text);
            for (const one of lines.push({ stepNumber: 1, stream: 'stdout', level: 'INFO', bytes }))
              spool.add(one);
          }
          if (upTo === portions.length) for (const one of lines.end()) spool.add(one);
          const seal = await spool.seal(null);
          const patience = { firstMs: 0, maxMs: 1, signal: new AbortController().signal };
          const uploader = new LogUploader(
            spool.file,
            path.join(folder, `${name}.uploaded`),
            send,
            1,
            patience,
          );
          uploader.close();
          await uploader.run();
          await spool.close();
          return seal;
        };
        await live(Math.min(killAt, portions.length));
        const seal = await live(portions.length);
        const text = portions.join('');
        const expected = text === '' || text.endsWith('\n') ? text : `${text}\n`;
        const got = Buffer.concat(
          [...stored.values()]
            .sort((a, b) => a.chunk - b.chunk)
            .map((chunk) => Buffer.from(chunk.content_base64, 'base64')),
        );
        expect(got.toString()).toBe(expected);
        expect(seal.sha256).toBe(createHash('sha256').update(expected).digest('hex'));
        expect(seal.note).toBeNull();
      }),
      { numRuns: 60 },
    );
  });
});

describe('lines of the log', () => {
  it('keeps the lines of steps that talk at once apart and hides secrets across portions', () => {
    const lines = new LineAssembler(new Masks([Buffer.from('hunter2')]), 64);
    const say = (stepNumber: number, text: string) =>
      lines.push({ stepNumber, stream: 'stdout', level: 'INFO', bytes: Buffer.from(text) });
    say(1, 'one hun');
    expect(say(2, 'two\n').map(({ bytes }) => bytes.toString())).toEqual(['two\n']);
    expect(say(1, 'ter2 end\n').map(({ bytes }) => bytes.toString())).toEqual(['one *** end\n']);
  });

  it('cuts a line that is too long without changing a byte', () => {
    const lines = new LineAssembler(new Masks(), 10);
    const pieces = lines.push({
      stepNumber: 1,
      stream: 'stdout',
      level: 'INFO',
      bytes: Buffer.from(`${'x'.repeat(25)}\n`),
    });
    expect(pieces.map(({ bytes }) => bytes.length)).toEqual([10, 10, 6]);
  });
});

describe('the cap of a log', () => {
  const run = (count: number) => {
    const cap = new LogCap({
      log_head_bytes: { value: 20, origin: 'project' },
      log_tail_bytes: { value: 10, origin: 'tenant' },
    });
    const written = Array.from({ length: count }, (_, n) => line(`${n}abc\n`)).flatMap((one) =>
      cap.push(one),
    );
    return [...written, ...cap.end()].map(({ bytes }) => bytes.toString());
  };

  it('keeps a log that fits as it is', () => {
    expect(run(6)).toHaveLength(6);
  });

  it('keeps head and tail of a longer one and says what was cut', () => {
    expect(run(9)).toEqual([
      '0abc\n',
      '1abc\n',
      '2abc\n',
      '3abc\n',
      expect.stringMatching(/^\[kiln\] 3 lines \(15 B\) were cut here/),
      '7abc\n',
      '8abc\n',
    ]);
  });
});
