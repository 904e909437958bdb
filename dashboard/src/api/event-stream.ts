/** Reads Server-Sent Events over fetch, which, unlike the browser's own reader, can send a token in a header. */
import { API_URL, authorizedFetch } from './transport.js';

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

export interface StreamOptions {
  readonly path: string;
  /** Given when the stream is asked for with a reason: one key for one look, however often it is cut off. */
  readonly ask?: { readonly reason: string; readonly key: string } | undefined;
  readonly signal: AbortSignal;
  /** What was seen last: the stream goes on after it. */
  readonly lastId: string | undefined;
  readonly onOpen: () => void;
  readonly onEvent: (event: StreamEvent) => void;
}

const parse = (block: string): StreamEvent | undefined => {
  const field = (name: string): string | undefined => {
    const lines = block.split('\n').filter((line) => line.startsWith(`${name}:`));
    return lines.length === 0 ? undefined : lines.map((line) => line.slice(name.length + 1).replace(/^ /, '')).join('\n');
  };
  const data = field('data');
  return data === undefined ? undefined : { event: field('event') ?? 'message', data, id: field('id') };
};

const asked = (ask: StreamOptions['ask']): RequestInit =>
  ask === undefined
    ? {}
    : {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': ask.key },
        body: JSON.stringify({ reason: ask.reason }),
      };

/** Ends when the stream does. @throws the API's problem when there is no stream */
export const readStream = async ({ path, ask, signal, lastId, onOpen, onEvent }: StreamOptions): Promise<void> => {
  const { headers, ...init } = asked(ask);
  const answer = await authorizedFetch(`${API_URL === '' ? location.origin : API_URL}${path}`, {
    ...init,
    headers: { ...headers, accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
    signal,
  });
  if (!answer.ok || !answer.body) throw (await answer.json()) as unknown;
  onOpen();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const event of blocks.map(parse)) if (event) onEvent(event);
  }
};
