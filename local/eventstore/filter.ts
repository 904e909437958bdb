/** Which events of $all a subscriber wants, and how often it hears how far the search has come. */
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { invalidArgument } from './errors.js';
import type { RecordView } from './record.js';

export interface Filter {
  matches(event: RecordView): boolean;
  /** Events looked at between two checkpoints. */
  readonly checkpointInterval: number;
}

const DEFAULT_WINDOW = 32;

const compile = (pattern: string): RegExp => {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw invalidArgument(`the filter's regular expression does not compile: ${String(error)}`);
  }
};

const textTest = (expression: ReadReq.Options.FilterOptions.Expression): ((text: string) => boolean) => {
  const pattern = expression.getRegex();
  if (pattern !== '') {
    const regex = compile(pattern);
    return (text) => regex.test(text);
  }
  const prefixes = expression.getPrefixList();
  return (text) => prefixes.some((prefix) => text.startsWith(prefix));
};

/** Reads a filter. Throws INVALID_ARGUMENT for a regular expression that does not compile or an interval of 0. */
export function readFilter(options: ReadReq.Options.FilterOptions): Filter {
  const window = options.hasMax() ? options.getMax() : DEFAULT_WINDOW;
  const checkpointInterval = window * options.getCheckpointintervalmultiplier();
  if (checkpointInterval <= 0) throw invalidArgument('the checkpoint interval must be above 0');
  const byStream = options.getStreamIdentifier();
  const byType = options.getEventType();
  const expression = byStream ?? byType;
  if (!expression) return { matches: () => false, checkpointInterval };
  const test = textTest(expression);
  const matches = byStream ? (event: RecordView) => test(event.stream) : (event: RecordView) => test(event.type);
  return { matches, checkpointInterval };
}
