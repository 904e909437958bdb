/** What a Read call asks for, checked. Only the combinations that the client can make are served. */
import { randomUUID } from 'node:crypto';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { invalidArgument } from './errors.js';
import { readFilter, type Filter } from './filter.js';
import type { AnswerForm } from './links.js';
import { readStreamName, toSafeInteger } from './wire.js';

export type Start = 'start' | 'end' | number;

interface Common {
  readonly start: Start;
  readonly form: AnswerForm;
  readonly filter?: Filter;
}

/** `stream` absent means $all. */
export type ReadRequest = Common & { readonly stream?: string } & (
    | { readonly kind: 'page'; readonly count: number; readonly backwards: boolean }
    | { readonly kind: 'subscription'; readonly subscriptionId: string }
  );

const POSITION_MAX = 2n ** 63n - 1n;

const streamStart = (options: ReadReq.Options.StreamOptions): Start => {
  if (options.hasStart()) return 'start';
  return options.hasEnd() ? 'end' : toSafeInteger(options.getRevision());
};

const allStart = (options: ReadReq.Options.AllOptions): Start => {
  const position = options.getPosition();
  if (!position) return options.hasEnd() ? 'end' : 'start';
  const commit = BigInt(position.getCommitPosition());
  const prepare = BigInt(position.getPreparePosition());
  if (prepare > commit || commit > POSITION_MAX) throw invalidArgument(`there is no position C:${commit}/P:${prepare}`);
  return toSafeInteger(position.getCommitPosition());
};

const readForm = (options: ReadReq.Options): AnswerForm => {
  const uuid = options.getUuidOption();
  if (!uuid || !(uuid.hasString() || uuid.hasStructured())) throw invalidArgument('uuid_option is needed');
  return { resolveLinks: options.getResolveLinks(), structuredIds: uuid.hasStructured() };
};

const readTarget = (options: ReadReq.Options): { start: Start; stream?: string } => {
  const stream = options.getStream();
  const all = options.getAll();
  if (stream) return { start: streamStart(stream), stream: readStreamName(stream.getStreamIdentifier()) };
  if (all) return { start: allStart(all) };
  throw invalidArgument('a stream or $all is needed');
};

/** Reads and checks the options. Throws INVALID_ARGUMENT for what is not served. */
export function readRequest(request: ReadReq): ReadRequest {
  const options = request.getOptions();
  if (!options) throw invalidArgument('options are needed');
  const filterOptions = options.getFilter();
  const target = readTarget(options);
  if (filterOptions && target.stream !== undefined) throw invalidArgument('only $all can be filtered');
  const common = { ...target, form: readForm(options), ...(filterOptions && { filter: readFilter(filterOptions) }) };
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  if (options.hasSubscription()) {
    if (backwards) throw invalidArgument('a subscription reads forwards');
    return { ...common, kind: 'subscription', subscriptionId: randomUUID() };
  }
  if (!options.hasCount()) throw invalidArgument('a count or a subscription is needed');
  return { ...common, kind: 'page', count: Number(options.getCount()), backwards };
}
