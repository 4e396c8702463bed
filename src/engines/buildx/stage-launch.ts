import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { awaitedLater } from '../../domain/awaited-later.js';
import { KilnError } from '../../domain/errors.js';
import type { StageOrder, StageRun } from './order.js';
import { stageMark } from './stage-mark.js';

/** What entries of a tar take beside their bytes; the artifacts themselves are measured when they are taken out. */
const TAR_ROOM_BYTES = 1024 * 1024;

/** Writes the Dockerfile with Kiln's stages after those that it has, and what it says is to be ignored. */
export function writeStages({ dockerfile, written, added }: StageOrder): void {
  const lower = path.join(path.dirname(dockerfile), 'dockerfile');
  // As the frontend does where there is no Dockerfile.
  const found = !existsSync(dockerfile) && path.basename(dockerfile) === 'Dockerfile' ? lower : dockerfile;
  mkdirSync(path.dirname(written), { recursive: true, mode: 0o700 });
  writeFileSync(written, Buffer.concat([readFileSync(found), Buffer.from(added)]), { mode: 0o600 });
  const ignored = `${found}.dockerignore`;
  if (existsSync(ignored)) copyFileSync(ignored, `${written}.dockerignore`);
}

/** Runs buildctl for stages, and takes what it sends of them as a tar, as far as there is room for it. */
export class StageLaunch {
  #bytes = 0;

  constructor(
    private readonly order: Pick<StageOrder, 'maxBytes'>,
    private readonly imports: readonly string[],
    private readonly say: (line: string) => void,
  ) {}

  /** Gives the exit code of buildctl. */
  async build({ name, command, tar }: StageRun): Promise<number> {
    this.say(stageMark(name));
    const [file = '', ...args] = command;
    const child = spawn(file, [...args, ...this.imports], {
      stdio: ['ignore', tar === null ? 'inherit' : 'pipe', 'inherit'],
    });
    const ended = awaitedLater(once(child, 'close') as Promise<[number | null]>);
    const trouble: string[] = [];
    if (tar !== null && child.stdout !== null)
      await pipeline(child.stdout, this.#meter(), createWriteStream(tar, { mode: 0o600 })).catch(
        (error: Error) => {
          trouble.push(error.message);
          child.kill('SIGTERM');
        },
      );
    const [code] = await ended;
    for (const text of trouble) this.say(`error: ${text}`);
    return trouble.length === 0 ? (code ?? 128) : 1;
  }

  #meter(): Transform {
    return new Transform({
      transform: (part: Buffer, _encoding, done) => {
        this.#bytes += part.length;
        if (this.#bytes <= this.order.maxBytes + TAR_ROOM_BYTES) done(null, part);
        else
          done(
            new KilnError('artifact_too_large', {
              message: `the artifacts have more than ${this.order.maxBytes} bytes`,
            }),
          );
      },
    });
  }
}
