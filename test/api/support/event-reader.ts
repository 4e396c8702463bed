/** One server-sent event as a client sees it. */
export interface SeenEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: unknown;
}

/** Reads events until `enough` says so or the server ends the stream. Comments and retry hints are left out. */
export async function readEvents(
  response: Response,
  enough: (events: readonly SeenEvent[]) => boolean = () => false,
): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) events.push(event);
    }
    if (enough(events)) break;
  }
  return events;
}

function parse(frame: string): SeenEvent | null {
  const fields = new Map(
    frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const event = fields.get('event');
  if (event === undefined) return null;
  return { id: fields.get('id') ?? null, event, data: JSON.parse(fields.get('data') ?? 'null') };
}
