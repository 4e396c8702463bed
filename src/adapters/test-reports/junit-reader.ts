import sax from 'sax';
import { type TestCase, type TestStatus, UNMASKED_TEST_LIMITS } from '../../domain/tests/test-report.js';
import { CountedSuites, type SuiteCounts } from './suite-counts.js';

/** An attribute may hold a whole message; beyond it a file is refused. */
const MAX_ATTRIBUTE_CHARS = 1024 * 1024;
(sax as unknown as { MAX_BUFFER_LENGTH: number }).MAX_BUFFER_LENGTH = MAX_ATTRIBUTE_CHARS;

const MAX_DEPTH = 100;
const { message: MAX_MESSAGE_CHARS, name: MAX_NAME_CHARS } = UNMASKED_TEST_LIMITS;
const ROOTS = new Set(['testsuites', 'testsuite']);
/** Children of a test case that say how it ended. */
const VERDICTS: Readonly<Record<string, TestStatus>> = {
  failure: 'failed',
  error: 'failed',
  skipped: 'skipped',
  disabled: 'skipped',
};
/** What surefire writes of tries that failed besides the last one. */
const TRIES = new Set(['flakyFailure', 'flakyError', 'rerunFailure', 'rerunError']);

type Attributes = Readonly<Record<string, string | undefined>>;
type Making = { -readonly [Key in keyof TestCase]: TestCase[Key] };

/** Why a file is no report: what is wrong, and in which line (from 1). */
export class NoReport extends Error {
  override readonly name = 'NoReport';
  constructor(
    readonly what: string,
    readonly line: number | null,
  ) {
    super(what);
  }
}

/**
 * Reads one file of JUnit XML, in any of the dialects that tools write, and gives each case as soon as it is whole. Nothing is looked up or
 * expanded: a document type is refused, as are entities that XML itself does not know. `write` and `end` raise `NoReport`.
 */
export class JUnitReader {
  readonly #parser = sax.parser(true, { position: true });
  readonly #open: string[] = [];
  readonly #suites: string[] = [];
  readonly #counted: CountedSuites;
  #case: Making | null = null;
  /** What its verdict says in the text of the element; null outside of one. */
  #text: string | null = null;
  /** Of the verdict; told where it says nothing else. */
  #type: string | null = null;
  #isForeign = false;
  #sawRoot = false;
  #trouble: NoReport | null = null;

  constructor(
    private readonly onCase: (one: TestCase) => void,
    private readonly onSuite: (name: string) => void = () => {},
    onCounts: (counts: SuiteCounts) => void = () => {},
  ) {
    this.#counted = new CountedSuites(onCounts);
    const parser = this.#parser;
    parser.onopentag = ({ name, attributes }) => this.#opened(name, attributes as Attributes);
    parser.onclosetag = (name) => this.#closed(name);
    parser.ontext = parser.oncdata = (text) => this.#gather(text);
    parser.ondoctype = () => this.#refuse('it has a document type (DOCTYPE), which reports need not have');
    parser.onerror = ({ message }) => this.#refuse(inWords(message));
  }

  /** Whether its root is that of something else, such as a coverage report. */
  get isForeign(): boolean {
    return this.#isForeign;
  }

  write(text: string): void {
    if (!this.#isForeign) this.#parser.write(text);
    this.#judge();
  }

  end(): void {
    if (this.#isForeign) return;
    if (this.#open.length > 0) this.#refuse('it ends in the middle: what wrote it was most likely stopped');
    else if (!this.#sawRoot) this.#refuse('it is empty');
    else this.#parser.close();
    this.#judge();
  }

  #judge(): void {
    if (this.#trouble !== null) throw this.#trouble;
  }

  /** The first thing that is wrong counts; nothing is read after it. */
  #refuse(what: string): void {
    this.#trouble ??= new NoReport(what, this.#parser.line + 1);
    (this.#parser as { error: Error | null }).error = null;
  }

  #opened(rawName: string, attributes: Attributes): void {
    if (this.#trouble !== null || this.#isForeign) return;
    const name = rawName.slice(rawName.indexOf(':') + 1);
    if (!this.#sawRoot) this.#isForeign = !ROOTS.has(name);
    this.#sawRoot = true;
    if (this.#isForeign) return;
    if (this.#open.push(name) > MAX_DEPTH) this.#refuse(`its elements are nested deeper than ${MAX_DEPTH}`);
    if (ROOTS.has(name)) this.#counted.opened(attributes);
    if (name === 'testsuite') {
      this.#suites.push(named(attributes['name']));
      this.onSuite(this.#suites.join('\n'));
    } else if (name === 'testcase') this.#case = this.#begin(attributes);
    else if (this.#case !== null && this.#open.at(-2) === 'testcase')
      this.#judgeCase(this.#case, name, attributes);
  }

  #begin(attributes: Attributes): Making {
    const { status, result } = attributes;
    const isLeftOut =
      status === 'notrun' || status === 'disabled' || status === 'skipped' || result === 'skipped';
    return {
      suite: this.#suites.at(-1) ?? '',
      className: named(attributes['classname'] ?? attributes['class']),
      name: named(attributes['name']),
      status: isLeftOut ? 'skipped' : 'passed',
      durationMs: inMilliseconds(attributes['time']),
      message: null,
      failedTries: 0,
    };
  }

  #judgeCase(one: Making, element: string, { message, type }: Attributes): void {
    if (TRIES.has(element)) {
      one.failedTries += 1;
      one.message ??= message ?? null;
    }
    const verdict = VERDICTS[element];
    if (verdict === undefined || (one.status === 'failed' && verdict === 'skipped')) return;
    // A case may have several failures; the first one is told.
    if (one.status !== 'failed') {
      one.message = message || null;
      this.#type = type || null;
    } else if (verdict === 'failed') return;
    one.status = verdict;
    this.#text = '';
  }

  #gather(text: string): void {
    if (this.#text !== null && this.#text.length < MAX_MESSAGE_CHARS) this.#text += text;
  }

  #closed(rawName: string): void {
    if (this.#trouble !== null || this.#isForeign) return;
    const name = rawName.slice(rawName.indexOf(':') + 1);
    this.#open.pop();
    if (ROOTS.has(name)) this.#counted.closed();
    if (name === 'testsuite') this.#suites.pop();
    if (this.#case === null) return;
    if (name === 'testcase') {
      this.#counted.sawCase();
      this.onCase({ ...this.#case, message: shortened(this.#case.message) });
      this.#case = null;
    } else if (this.#text !== null && this.#open.at(-1) === 'testcase') {
      this.#case.message = joined(this.#case.message, this.#text) ?? this.#type;
      this.#text = null;
    }
  }
}

/** The text of most tools begins with the message, or is all there is. */
function joined(message: string | null, text: string): string | null {
  const body = text.trim();
  if (message === null || body.startsWith(message.trim())) return body || message;
  return body === '' ? message : `${message}\n${body}`;
}

function shortened(message: string | null): string | null {
  return message === null || message.trim() === '' ? null : message.slice(0, MAX_MESSAGE_CHARS);
}

function named(text = ''): string {
  return text.slice(0, MAX_NAME_CHARS);
}

/** Seconds as `1.234` or, as surefire writes many, `1,234.5`. */
function inMilliseconds(text: string | undefined): number | null {
  const seconds = text === undefined || text.trim() === '' ? NaN : Number(text.replaceAll(',', ''));
  return Number.isFinite(seconds) && seconds >= 0
    ? Math.min(Math.round(seconds * 1000), 2_147_483_647)
    : null;
}

/** The parser tells line and character in lines of their own. */
function inWords(message: string): string {
  const [what = ''] = message.split('\n');
  return `it is no well-formed XML: ${what.replace(/\.$/, '')}`;
}
