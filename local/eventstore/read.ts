/** Reads that end: a stream or $all, forwards or backwards, up to a count. */
import { asCallError, streamDeleted } from './errors.js';
import { answerFor } from './links.js';
import type { Log, StreamSight } from './log.js';
import { Outlet, type ReadCall } from './outlet.js';
import { nextTurn, PAGE_EVENTS } from './paging.js';
import { readRequest, type ReadRequest } from './read-request.js';
import { RecordView } from './record.js';
import { subscribeToAll, subscribeToStream } from './subscriptions.js';
import { streamNotFound } from './wire.js';

type PageRead = Extract<ReadRequest, { kind: 'page' }>;
type Present = Extract<StreamSight, { sight: 'present' }>;

/** Backwards leaves out the event at the position itself, forwards takes it in. */
const firstPosition = ({ start, backwards }: PageRead, head: number): number => {
  if (start === 'start') return backwards ? 0 : 1;
  if (start === 'end') return backwards ? head : head + 1;
  return backwards ? start - 1 : start;
};

async function readAll(log: Log, outlet: Outlet, request: PageRead): Promise<void> {
  const { backwards, filter, form } = request;
  let left = request.count;
  let from: number | undefined = firstPosition(request, log.head);
  while (from !== undefined && left > 0 && !outlet.isClosed) {
    const page = log.readAll({ from, limit: PAGE_EVENTS, backwards });
    for (const { position, bytes } of page.events) {
      const view = new RecordView(bytes);
      if (left === 0 || (filter && !filter.matches(view))) continue;
      left -= 1;
      const full = outlet.write(answerFor(log, { position, view }, form));
      if (full) await full;
    }
    from = page.nextFrom;
    await nextTurn();
  }
}

const firstRevision = ({ start, backwards }: PageRead, { first, last }: Present): number => {
  if (start === 'start') return backwards ? 0 : first;
  if (start === 'end') return backwards ? last : last + 1;
  return backwards ? Math.min(start, last) : Math.max(start, first);
};

async function readPresent(log: Log, outlet: Outlet, { request, seen }: { request: PageRead; seen: Present }): Promise<void> {
  const { backwards, form } = request;
  let left = request.count;
  let from = firstRevision(request, seen);
  while (left > 0 && !outlet.isClosed) {
    const page = log.readStream(seen.state, { from, limit: Math.min(PAGE_EVENTS, left), backwards, floor: seen.first });
    const end = page.at(-1);
    if (!end) return;
    for (const { position, bytes } of page) {
      const view = new RecordView(bytes);
      if (seen.notBeforeMs > 0 && view.createdMs < seen.notBeforeMs) continue;
      left -= 1;
      const full = outlet.write(answerFor(log, { position, view }, form));
      if (full) await full;
    }
    from = end.revision + (backwards ? -1 : 1);
    await nextTurn();
  }
}

async function readStream(log: Log, outlet: Outlet, { request, stream }: { request: PageRead; stream: string }): Promise<void> {
  const seen = log.look(stream);
  if (seen.sight === 'tombstoned') throw streamDeleted(stream);
  if (seen.sight === 'missing') await outlet.write(streamNotFound(stream));
  else await readPresent(log, outlet, { request, seen });
}

async function serve(log: Log, outlet: Outlet, request: ReadRequest): Promise<void> {
  const { stream } = request;
  if (request.kind === 'page') return stream === undefined ? readAll(log, outlet, request) : readStream(log, outlet, { request, stream });
  return stream === undefined ? subscribeToAll(log, outlet, request) : subscribeToStream(log, outlet, { ...request, stream });
}

/** Serves Read in all its forms; errors end the call with their status and trailers. */
export const readHandler =
  (log: Log) =>
  (call: ReadCall): void => {
    const outlet = new Outlet(call);
    const work = async (): Promise<void> => {
      await serve(log, outlet, readRequest(call.request));
      outlet.end();
    };
    work().catch((error: unknown) => outlet.fail(asCallError(error)));
  };
