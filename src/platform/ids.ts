/** Ids: UUID v7 for new things (they sort by time), UUID v5 for everything that must come out the same when repeated. */
import { v5, v7 } from 'uuid';

const NAMESPACE = '8f3f4a52-6c1e-5d0b-9a57-0f3c7c1d2e90';

export const newId = (): string => v7();

/** The same parts always give the same id; parts are joined unambiguously. */
export const derivedId = (...parts: readonly string[]): string => v5(JSON.stringify(parts), NAMESPACE);

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
