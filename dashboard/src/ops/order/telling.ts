/** What an event did, in a few words: the status it changed, or the fields that say the most of it. */
import type { StepView } from '../../api/generated/types.gen.js';
import { opsOrder } from '../../messages/ops-order.js';
import { money } from '../../parts/format.js';
import { textOf } from './history.js';

const FIELDS = ['code', 'reason', 'kind', 'nodeId', 'serverId', 'paymentId', 'subscriptionId', 'type'] as const;
const { told } = opsOrder.timeline;

const isMoney = (value: unknown): value is { amountMinor: number; currency: string } =>
  typeof (value as { amountMinor?: unknown } | null | undefined)?.amountMinor === 'number';

const movedIn = ({ changes }: StepView): string[] =>
  ['order', 'provisioning'].flatMap((name) => {
    const change = changes.find(({ path }) => path === `/${name}/status`);
    return change ? [`${textOf(change.before)} → ${textOf(change.after)}`] : [];
  });

export const effectOf = (step: StepView): string => {
  const data = step.event.data as Readonly<Record<string, unknown>> | null;
  const fields = FIELDS.flatMap((field) => {
    const value = data?.[field];
    return typeof value === 'string' || typeof value === 'number' ? [(told[field] ?? String)(String(value))] : [];
  });
  const amounts = [data?.['total'], data?.['amount']].filter(isMoney).map((amount) => money(amount.amountMinor, amount.currency));
  const moved = movedIn(step);
  return (moved.length > 0 ? [...moved, ...fields.slice(0, 1)] : [...amounts, ...fields.slice(0, 2)]).join(' · ');
};
