/**
 * What an event store must do for the ledger, item by item, and which of it no case covers (`npm run contract:items`). A case covers the items
 * that its title starts with (`7.2/3 …`, or `6.5/1, 6.5/3 …`). Sections follow those of the protocol; bullets count from 1 within theirs.
 * Only items that must hold are listed, in short; what is merely good to have is covered by cases with the same numbers where it was cheap.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const MUST: Readonly<Record<string, string>> = {
  1.1: 'gRPC over plain HTTP/2 on one port; what is not served is UNIMPLEMENTED',
  1.2: '64-bit numbers travel exactly, as decimal strings',
  1.3: 'bytes come back as they went in',
  1.4: 'ids as text or halves in, in the form asked for out; nil and malformed ones refused',
  1.5: 'stream names: any Unicode, any length, case-sensitive, not empty',
  1.6: 'errors are statuses, with trailers; nothing received can crash the store',
  1.7: 'trailers are printable ASCII',
  1.8: 'messages of 16 MiB are received, so that a too large append gets its own error',
  1.9: 'a reader that does not read is not written to, and loses nothing',
  '1.10': 'a cancelled call gives back all it held',
  1.12: 'connection name, requires-leader and credentials are taken',
  1.13: 'a single node is the leader',
  2.1: 'features: told to anybody, without headers or deadline',
  2.2: 'features: a dotted version and names in lower case',
  2.3: 'features: what is served, with its features, and nothing that is not',
  2.4: 'features: appends go over BatchAppend, those with credentials over Append',
  2.5: 'a node that is down is an error with code 14, and is found again when it is back',
  3.1: 'gossip serves esdb+discover and several hosts',
  3.2: 'gossip: one live member with a stable id and an address that can be reached',
  3.3: 'gossip: the member is the leader',
  4.1: 'connection strings with the keys that the client knows',
  4.2: 'deadlines hold for unary calls, not for reads and subscriptions',
  4.3: 'one stream that ends for its own reasons leaves the channel to the others',
  4.6: 'after a restart, also after kill -9, all is as it was acknowledged',
  5.1: '$all is one total order; positions grow, commit equals prepare, none at 0',
  5.2: 'events of one append stand next to each other and appear together',
  5.3: 'a recorded event is whole',
  5.4: 'the position of a resolved event is that of the link, also in stream reads',
  5.5: 'type and content-type are needed; bytes that call themselves JSON are not looked at',
  5.6: 'revisions from 0 without gaps; a tombstone has its own',
  5.7: 'a fresh store begins with an event of its own',
  5.8: 'system events are in $all, but for a few that are hidden',
  '6.1/1': 'writes: a tombstoned stream is deleted, whatever was expected',
  '6.1/2': 'writes: stream_exists',
  '6.1/3': 'writes: any and stream_exists tell repeats by ids',
  '6.1/4': 'writes: an expectation below the end is a repeat or wrong',
  '6.1/5': 'writes: above the end is wrong, at the end is written',
  '6.1/6': 'writes: a repeat answers what the first write did; ids count per stream',
  '6.1/8': 'writes: the answer is revision and position of the last event',
  '6.1/10': 'writes: an append revives a soft-deleted stream',
  '6.1/11': 'writes: appends of one client to one stream keep their order',
  '6.2/1': 'size: data alone counts, up to 1,048,576 bytes unless configured',
  '6.2/2': 'size: checked while receiving',
  '6.3/1': 'append: success at half-close',
  '6.3/2': 'append: wrong expected version is an answer',
  '6.3/3': 'append: stream deleted is a status',
  '6.3/4': 'append: too large',
  '6.3/5': 'append: a missing property is named',
  '6.3/6': 'append: a commit that takes too long is ABORTED',
  '6.3/7': 'append: cancelled before half-close writes nothing',
  '6.4/1': 'batch: appends share a stream, their chunks mixed',
  '6.4/2': 'batch: exactly one answer an id',
  '6.4/3': 'batch: every answer names its append and its stream',
  '6.4/4': 'batch: success',
  '6.4/5': 'batch: errors by their exact names and codes',
  '6.4/6': 'batch: the deadline is the store’s to keep',
  '6.4/7': 'batch: a bad append ends nothing; half-close answers what is pending',
  '6.4/8': 'batch: 10,000 appends in one turn',
  '6.5/1': 'delete: the check, and what it writes',
  '6.5/2': 'delete: reads find nothing, $all all; deleted again; revived by metadata',
  '6.5/3': 'delete: errors are statuses with numbers',
  '6.6/1': 'tombstone: the check, and what it writes',
  '6.6/2': 'tombstone: for ever, for the stream and its metadata',
  '6.6/3': 'tombstone: errors as for delete',
  '7.1/1': 'read a stream, both ways, with a count',
  '7.1/2': 'read $all, both ways, with a count',
  '7.1/4': 'subscribe to a stream',
  '7.1/5': 'subscribe to $all, with and without a filter',
  '7.1/6': 'every other combination is refused',
  '7.2/1': 'missing and soft-deleted are an answer, tombstoned is a status',
  '7.2/2': 'streams: inclusive both ways, from and past their ends',
  '7.2/3': '$all: forwards with the event at the position, backwards without; nonsense refused',
  '7.2/4': 'a count stops the read, up to 2^64−1; reads end where the end was',
  '7.2/5': '$all ignores what metadata hides, streams honour it',
  '7.3/1': 'links: target and link, or link alone, or an ordinary event',
  '7.3/2': 'links: as they are unless asked for; the same in streams, $all and subscriptions',
  '7.4/1': 'subscriptions: confirmation, events, caught_up, what comes',
  '7.4/2': 'subscriptions: the start is exclusive, the end is what is committed after',
  '7.4/3': 'subscriptions: a missing stream is waited for',
  '7.4/4': 'subscriptions: caught_up once, nothing lost or doubled there',
  '7.4/6': 'subscriptions: tombstones end them, soft deletes do not',
  '7.4/7': 'subscriptions: metadata hides while catching up',
  '7.5/1': 'filters: regex before prefixes, on stream or type, of the link not its target',
  '7.5/2': 'filters: the checkpoint interval is window times multiplier, not 0',
  '7.5/3': 'filters: checkpoints count what was looked at, and come before caught_up',
  '7.5/4': 'filters: checkpoints grow; resuming from one loses and doubles nothing',
  8.1: 'metadata is a stream of its own that shows its last event',
  8.2: 'metadata: the last counts whole; what is malformed is as if empty',
  8.3: 'metadata: $maxCount, $maxAge, $tb, the strictest of them',
  8.4: 'metadata: other keys are kept',
  9.1: 'stream-deleted',
  9.2: 'wrong-expected-version',
  9.3: 'a missing stream',
  9.4: 'access-denied',
  9.5: 'maximum-append-size-exceeded',
  9.6: 'missing-required-metadata-property',
  9.7: 'errors without a name keep their code',
};

const TITLE = /['"`]((?:\d+\.\d+(?:\/\d+)?)(?:, \d+\.\d+(?:\/\d+)?)*) [^'"`]/g;
const FRESH = /freshStoreOnly\(\s*'([^']+)'/g;

const sources = (): { file: string; text: string }[] =>
  readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.spec.ts'))
    .map((file) => ({ file, text: readFileSync(join(import.meta.dirname, file), 'utf8') }));

/** The item numbers that titles of cases start with, once each. */
export const covered = (): string[] => [
  ...new Set(sources().flatMap(({ text }) => [...text.matchAll(TITLE)].flatMap(([, numbers]) => (numbers ?? '').split(', ')))),
];

/** Items that must hold and that no case covers. */
export const uncovered = (): string[] => {
  const known = new Set(covered());
  return Object.keys(MUST).filter((item) => !known.has(item));
};

/** Groups of cases that need a local store of their own. */
export const freshStoreCases = (): string[] =>
  sources().flatMap(({ file, text }) => [...text.matchAll(FRESH)].map(([, title]) => `${file}: ${title ?? ''}`));
