/** An event beside its log: in a table of things that could not be handled. */
import type { Recorded } from '../event.js';

/** PostgreSQL stores every character but the zero one, which may be the very reason why an event is parked. */
export const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd');

/** An event as JSON, with its position in text; the event itself stays in the log. */
export const parkedJson = (event: Recorded): string =>
  JSON.stringify(
    { ...event, position: { commit: String(event.position.commit), prepare: String(event.position.prepare) } },
    (_key, value: unknown) => (typeof value === 'string' ? storable(value) : value),
  );
