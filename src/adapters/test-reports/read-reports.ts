import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { awaitedLater } from '../../domain/awaited-later.js';
import type { KeptArtifact } from '../../domain/builds/artifact.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { keepCases } from '../../domain/tests/keep-cases.js';
import type { ReadReports } from '../../ports/test-reports.js';
import {
  type ReportTrouble,
  TEST_STATUSES,
  type TestCase,
  UNMASKED_TEST_LIMITS,
} from '../../domain/tests/test-report.js';
import { declaredEncoding } from './declared-encoding.js';
import { JUnitReader, NoReport } from './junit-reader.js';

/** What all reports of one build may be; what is beyond is not read, and told. */
export const READ_LIMITS = { files: 10_000, bytes: 512 * 1024 ** 2, cases: 200_000, troubles: 20 } as const;

type Bytes = AsyncIterable<Uint8Array>;
type Limits = Record<keyof typeof READ_LIMITS, number>;

/**
 * Reads test reports in JUnit XML: a file, or each `*.xml` of a folder that is kept as a tar (others, and those with the root of something else,
 * are passed over). Of a file with a fault what comes before it counts.
 */
export async function readReports(
  artifact: Pick<KeptArtifact, 'name' | 'mediaType'>,
  path: string,
  limits: Limits = READ_LIMITS,
): Promise<ReadReports> {
  const reading = new Reading(limits);
  const bytes = createReadStream(path);
  if (artifact.mediaType === 'application/octet-stream') await reading.take(artifact.name, bytes, true);
  else {
    const unpacker = extract();
    const unpacked = awaitedLater(pipeline(bytes, unpacker));
    for await (const entry of unpacker) {
      const { name, type } = entry.header;
      if (type === 'file' && /\.xml$/i.test(name))
        await reading.take(name.replace(/^\.?\//, ''), entry as unknown as Bytes, false);
      entry.resume();
    }
    await unpacked;
    reading.expectSome(artifact.name);
  }
  return reading.result();
}

class Reading {
  readonly #cases: TestCase[] = [];
  readonly #suites = new Set<string>();
  readonly #troubles: ReportTrouble[] = [];
  readonly #counts = { passed: 0, failed: 0, skipped: 0 };
  #durationMs: number | null = null;
  #files = 0;
  #reports = 0;
  #bytes = 0;

  constructor(private readonly limits: Limits) {}

  /** `isNamed`: somebody has named this very file, so it has to be a report. */
  async take(file: string, bytes: Bytes, isNamed: boolean): Promise<void> {
    const reader = new JUnitReader(
      (one) => this.#add(one),
      (suite) => {
        if (this.#suites.size < this.limits.cases) this.#suites.add(suite);
      },
      (told) => {
        for (const status of TEST_STATUSES) this.#counts[status] += told[status];
      },
    );
    const before = this.#cases.length;
    try {
      if ((this.#files += 1) > this.limits.files)
        throw new NoReport(`there are more than ${this.limits.files} files, and the rest is not read`, null);
      let decoder: InstanceType<typeof TextDecoder> | null = null;
      for await (const part of bytes) {
        if ((this.#bytes += part.length) > this.limits.bytes)
          throw new NoReport(`all reports have more than ${formatBytes(this.limits.bytes)}`, null);
        decoder ??= decoderFor(part);
        reader.write(decoder.decode(part, { stream: true }));
      }
      reader.write(decoder?.decode() ?? '');
      reader.end();
      if (!reader.isForeign) this.#reports += 1;
      else if (isNamed) throw new NoReport('its root is neither <testsuites> nor <testsuite>', 1);
    } catch (error) {
      if (!(error instanceof NoReport)) throw error;
      if (this.#cases.length > before) this.#reports += 1;
      this.#note({ file, line: error.line, what: error.what });
    }
  }

  expectSome(folder: string): void {
    if (this.#reports === 0 && this.#troubles.length === 0)
      this.#note({ file: folder, line: null, what: 'the folder holds no file *.xml with test results' });
  }

  result(): ReadReports {
    const totals = { ...this.#counts, suites: this.#suites.size, durationMs: this.#durationMs };
    return {
      report: this.#reports === 0 ? null : keepCases(this.#cases, totals, UNMASKED_TEST_LIMITS),
      troubles: this.#troubles,
    };
  }

  #add(one: TestCase): void {
    this.#counts[one.status] += 1;
    if (one.durationMs !== null) this.#durationMs = (this.#durationMs ?? 0) + one.durationMs;
    // Failures are kept before all others.
    if (this.#cases.length < this.limits.cases || one.status === 'failed') this.#cases.push(one);
  }

  #note(trouble: ReportTrouble): void {
    if (this.#troubles.length < this.limits.troubles) this.#troubles.push(trouble);
  }
}

function decoderFor(start: Uint8Array): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(declaredEncoding(start));
  } catch {
    throw new NoReport('its encoding is none that Kiln knows', 1);
  }
}
