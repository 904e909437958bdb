/** Ids: UUID v7 for new things (they sort by time), UUID v5 for everything that must come out the same when repeated. */
import { hash } from 'node:crypto';
import { v7 } from 'uuid';

const NAMESPACE = Buffer.from('8f3f4a526c1e5d0b9a570f3c7c1d2e90', 'hex');

export const newId = (): string => v7();

/** A UUID v5 (RFC 9562, section 5.5) in our namespace; every event takes three, and the package makes them at five times the price. */
const nameBased = (name: string): string => {
  const hex = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(name)]), 'hex');
  const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** The same parts always give the same id; parts are joined unambiguously. */
export const derivedId = (...parts: readonly string[]): string => nameBased(JSON.stringify(parts));

/**
 * The id of the index-th event that a command appends to a stream: a retried append is the same append. The data is part of it, because the
 * store takes a known id for a repeat without looking at the content: two walkers of one step that decided differently must conflict instead.
 */
export const eventIdOf = (event: { stream: string; commandId: string; index: number; data: unknown }): string =>
  derivedId('event', event.stream, event.commandId, String(event.index), JSON.stringify(event.data));

const hexOf = (id: string): string => derivedId('trace', id).replaceAll('-', '');

/**
 * The W3C trace context of an event (https://www.w3.org/TR/trace-context/): a trace for each correlation, a span for each command, derived so
 * that a repeated append carries the same.
 */
export const traceparentOf = ({ $correlationId, commandId }: { $correlationId: string; commandId: string }): string =>
  `00-${hexOf($correlationId)}-${hexOf(commandId).slice(-16)}-01`;
