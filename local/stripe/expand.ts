/** `expand[]`: an id is replaced by the object it names, a hidden list is shown. */
import { inputId } from './checkout.js';
import { invalidRequest } from './errors.js';
import type { LineItem, Session } from './records.js';
import type { Store } from './store.js';

type Node = Record<string, unknown>;
const KINDS = [
  'customer',
  'product',
  'price',
  'checkout.session',
  'payment_intent',
  'charge',
  'refund',
  'dispute',
  'payment_method',
  'coupon',
  'promotion_code',
  'discount',
  'subscription',
  'invoice',
  'invoice_payment',
] as const;
const DEPTH_MAX = 4;

const byId = (store: Store, id: string): unknown => KINDS.map((kind) => store.get(kind, id)).find((found) => found !== undefined);

/** How Stripe shows a line of a session: without the inner fields of this stand-in. */
export const shownLine = (line: LineItem): Node => ({
  id: line.id,
  object: 'item',
  amount_discount: line.amount_discount,
  amount_subtotal: line.amount_subtotal,
  amount_tax: line.amount_tax,
  amount_total: line.amount_total,
  currency: line.price.currency,
  description: line.description,
  metadata: {},
  price: line.price,
  quantity: line.quantity,
});

const linesOf = (store: Store, session: Session): Node[] =>
  (store.get('session_input', inputId(session.id))?.lineItems ?? []).map(shownLine);

const listOf = (url: string, data: unknown[]): Node => ({ object: 'list', url, has_more: false, data });

/** Lists that Stripe leaves out unless asked for by name. */
function hiddenList(store: Store, node: Node, name: string): Node | undefined {
  const id = String(node['id']);
  switch (`${String(node['object'])}.${name}`) {
    case 'checkout.session.line_items':
      return listOf(`/v1/checkout/sessions/${id}/line_items`, linesOf(store, node as Session));
    case 'invoice.payments':
      return listOf(
        '/v1/invoice_payments',
        store.list('invoice_payment').filter(({ invoice }) => invoice === id),
      );
    case 'charge.refunds':
      return listOf(
        `/v1/charges/${id}/refunds`,
        store.list('refund').filter(({ charge }) => charge === id),
      );
    default:
      return undefined;
  }
}

interface Path {
  readonly whole: string;
  readonly rest: readonly string[];
}

/** An id is the object it names, a list of ids is their objects, and what is whole already stays as it is. */
function named(store: Store, value: unknown): unknown {
  if (typeof value === 'string') return byId(store, value);
  return Array.isArray(value) ? value.map((each: unknown) => named(store, each) ?? each) : value;
}

/** What stands behind a field: the object an id names, a hidden list, or an object that is already there on the way to more. */
function behind(store: Store, node: Node, { whole, rest }: Path): Node | Node[] | null {
  const [name = ''] = rest;
  const value = node[name];
  const found = named(store, value) ?? hiddenList(store, node, name);
  if (value === null) return null;
  if (typeof found === 'object' && found !== null) return found as Node | Node[];
  throw invalidRequest({ message: `This property cannot be expanded (${whole}).`, param: 'expand' });
}

function expandAt(store: Store, node: Node, path: Path): void {
  const [name = '', ...rest] = path.rest;
  const found = behind(store, node, path);
  if (found === null) return;
  const copy = node[name] === found ? found : structuredClone(found);
  node[name] = copy;
  if (rest.length === 0) return;
  for (const inner of Array.isArray(copy) ? copy : [copy]) expandAt(store, inner, { whole: path.whole, rest });
}

/** A copy of `answer` with each path expanded (`data.product`, `latest_invoice.payments`). Throws a 400 for what is not expandable. */
export function expand(store: Store, answer: object, paths: readonly string[]): object {
  const copy = structuredClone(answer) as Node;
  for (const path of paths) {
    const rest = path.split('.');
    if (rest.length > DEPTH_MAX)
      throw invalidRequest({ message: `You cannot expand more than ${DEPTH_MAX} levels of a property (${path}).`, param: 'expand' });
    expandAt(store, copy, { whole: path, rest });
  }
  return copy;
}
