import { appendFileSync } from 'node:fs';

export type ClientAct = 'accept' | 'repeat' | 'cancel' | 'retry';

/** What the client learned of a request: carried out, refused, or nothing (no answer, or one that promises nothing). */
export type ClientAnswer = 'ok' | 'fail' | 'unknown';

/** One line of the recorded history: a request is an `invoke` and the answer with its number. */
export interface ClientEvent {
  readonly request: number;
  readonly kind: 'invoke' | ClientAnswer;
  readonly act: ClientAct;
  readonly atMs: number;
  /** The order that it is about. */
  readonly order: number;
  /** The Idempotency-Key; null where there is none. */
  readonly key: string | null;
  /** The build that was asked about, or that the answer names. */
  readonly buildId: string | null;
  readonly httpStatus?: number;
  readonly detail?: string;
}

/** A request and what came of it. */
export interface ClientRequest {
  readonly act: ClientAct;
  readonly order: number;
  readonly key: string | null;
  readonly answer: ClientAnswer;
  readonly buildId: string | null;
  readonly invokedAtMs: number;
  /** Infinity where no answer was recorded. */
  readonly answeredAtMs: number;
}

/** Records what clients ask and hear, line by line, in a file of JSON lines. */
export class ClientHistory {
  readonly events: ClientEvent[] = [];
  #requests = 0;

  constructor(private readonly file: string) {}

  /** How many requests were answered that a build is accepted. */
  get acknowledged(): number {
    return this.events.filter(({ act, kind }) => act === 'accept' && kind === 'ok').length;
  }

  /** Writes down that a request is sent; gives the function that writes down its answer. */
  invoke(
    asked: Pick<ClientEvent, 'act' | 'order' | 'key' | 'buildId'>,
  ): (kind: ClientAnswer, answer: Pick<ClientEvent, 'buildId' | 'httpStatus' | 'detail'>) => void {
    const request = (this.#requests += 1);
    this.#write({ request, kind: 'invoke', ...asked, atMs: Date.now() });
    return (kind, answer) => this.#write({ request, kind, ...asked, ...answer, atMs: Date.now() });
  }

  #write(event: ClientEvent): void {
    this.events.push(event);
    appendFileSync(this.file, `${JSON.stringify(event)}\n`);
  }
}

/** The requests of a history; one that was never answered is unknown. */
export function requestsOf(events: readonly ClientEvent[]): ClientRequest[] {
  const answers = new Map(
    events.flatMap((event) => (event.kind === 'invoke' ? [] : [[event.request, event]])),
  );
  return events.flatMap((event) => {
    if (event.kind !== 'invoke') return [];
    const answer = answers.get(event.request);
    const kind = answer?.kind;
    return [
      {
        ...{ act: event.act, order: event.order, key: event.key, invokedAtMs: event.atMs },
        answer: kind === 'ok' || kind === 'fail' ? kind : 'unknown',
        buildId: answer?.buildId ?? event.buildId,
        answeredAtMs: answer?.atMs ?? Infinity,
      },
    ];
  });
}
