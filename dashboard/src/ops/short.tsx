/** An id, short enough to stand in a row and long enough to be told from its neighbours. */
const LONG = 16;

export function Short({ id }: { id: string }) {
  return <code title={id}>{id.length > LONG ? `${id.slice(0, 8)}…${id.slice(-4)}` : id}</code>;
}
