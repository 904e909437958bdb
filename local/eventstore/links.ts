/** Turns stored events into answers: as they are, with links followed, or with ids in the structured form. */
import { fieldSize, ProtobufWriter } from './protobuf.js';
import { RecordView } from './record.js';
import type { Log } from './log.js';

export interface AnswerForm {
  readonly resolveLinks: boolean;
  readonly structuredIds: boolean;
}

/** Bytes for the fields around two recorded events. */
const HEADERS_MAX = 64;
const STRUCTURED_ID_MAX = 30;
const LINK_TARGET = /^(\d{1,16})@([^]+)$/;

/** The event that a link names, if it still shows in its stream. */
const targetOf = (log: Log, revision: number, stream: string): Buffer | undefined => {
  const seen = log.look(stream);
  if (seen.sight !== 'present' || revision < seen.first || revision > seen.last) return undefined;
  const [found] = log.readStream(seen.state, { from: revision, limit: 1, floor: revision });
  if (!found || found.revision !== revision) return undefined;
  return new RecordView(found.bytes).createdMs >= seen.notBeforeMs ? found.bytes : undefined;
};

const structuredId = (id: string): Buffer => {
  const hex = id.replaceAll('-', '');
  const halves = new ProtobufWriter(STRUCTURED_ID_MAX);
  halves.varint(1 << 3);
  halves.varint64(BigInt(`0x${hex.slice(0, 16)}`));
  halves.varint(2 << 3);
  halves.varint64(BigInt(`0x${hex.slice(16)}`));
  const content = halves.buffer.subarray(0, halves.at);
  const writer = new ProtobufWriter(STRUCTURED_ID_MAX + HEADERS_MAX);
  writer.open(1, fieldSize(content.length));
  writer.bytes(1, content);
  return writer.buffer.subarray(0, writer.at);
};

const recordedIn = (view: RecordView, structuredIds: boolean): Buffer =>
  structuredIds ? Buffer.concat([structuredId(view.id), view.recordedWithoutId]) : view.recorded;

const compose = (parts: { event?: Buffer; link?: Buffer; position: number }): Buffer => {
  const { event, link, position } = parts;
  const inner = new ProtobufWriter((event?.length ?? 0) + (link?.length ?? 0) + HEADERS_MAX);
  if (event) inner.bytes(1, event);
  if (link) inner.bytes(2, link);
  inner.number(3, position);
  const writer = new ProtobufWriter(inner.at + HEADERS_MAX);
  writer.bytes(1, inner.buffer.subarray(0, inner.at));
  return writer.buffer.subarray(0, writer.at);
};

const followed = (log: Log, link: RecordView): { target?: Buffer } | undefined => {
  const [, revision, stream] = LINK_TARGET.exec(link.data.toString('utf8')) ?? [];
  if (revision === undefined || stream === undefined) return undefined;
  const target = targetOf(log, Number(revision), stream);
  return target ? { target } : {};
};

/** The bytes to send for a stored event; the stored ones themselves whenever the caller wants nothing special. */
export function answerFor(log: Log, stored: { position: number; view: RecordView }, form: AnswerForm): Buffer {
  const { view, position } = stored;
  const link = form.resolveLinks && view.type === '$>' ? followed(log, view) : undefined;
  if (!link) return form.structuredIds ? compose({ event: recordedIn(view, true), position }) : view.bytes;
  const event = link.target && recordedIn(new RecordView(link.target), form.structuredIds);
  return compose({ ...(event && { event }), link: recordedIn(view, form.structuredIds), position });
}
