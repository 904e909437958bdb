import { describe, expect, it } from '@jest/globals';
import type { LedgerEvent } from '../../src/ledger.events.js';
import type { Recorded } from '../../src/platform/event.js';
import { sameRowsInAnyBatches } from '../../test/support/batches.js';
import { project, sample } from '../../test/support/project.js';
import { webhookLog } from './webhook-log.projection.js';

const fold = project(webhookLog);

const EVENT = 'evt_1QK4dZ2eZvKYlo2CqR7bTn9x';
const ORDER = '019c1a52-4e0f-7a31-9c44-5d1f0be2a871';
const received = sample('StripeEventReceived');
const row = {
  ...{ stripeEventId: EVENT, eventId: 'event-0', position: '100', type: 'checkout.session.completed', objectType: 'checkout.session' },
  ...{ objectId: 'cs_live_a1Qh7TtV0b4sYw2LrXk9PzJm3NcEd8FgUo5', orderId: ORDER, apiVersion: '2026-10-28.endive', livemode: true },
  ...{
    outcome: 'received',
    quarantine: null,
    became: [],
    via: 'webhook',
    createdAt: '2026-11-03T18:22:39.000Z',
    receivedAt: '2026-11-03T18:22:40.000Z',
  },
};
const byStripe = <E extends LedgerEvent>(event: Recorded<E>, id = EVENT): Recorded<E> => ({
  ...event,
  metadata: { ...event.metadata, actor: { kind: 'stripe', id } },
});

describe('webhook-log', () => {
  it('has a row as soon as a webhook is recorded', () => {
    expect(fold(received)).toStrictEqual({ [EVENT]: row });
  });

  it.each([
    'PaymentSucceeded',
    'PaymentPending',
    'PaymentFailed',
    'PaymentAttemptFailed',
    'SubscriptionLinked',
    'OrderCheckoutExpired',
  ] as const)('says that it became %s', (type) => {
    const event = byStripe<LedgerEvent>(sample(type, 1));
    const became = [{ type, stream: event.stream, eventId: 'event-1' }];
    expect(fold(received, event)).toStrictEqual({ [EVENT]: { ...row, outcome: 'translated', became } });
  });

  it('says that it brought money of no order', () => {
    const event = byStripe(sample('UnmatchedMoneyReceived', 1));
    const became = [{ type: 'UnmatchedMoneyReceived', stream: event.stream, eventId: 'event-1' }];
    expect(fold(received, event)).toStrictEqual({ [EVENT]: { ...row, outcome: 'unmatched', became } });
  });

  it('keeps every consequence', () => {
    const [first, second] = [byStripe(sample('SubscriptionLinked', 1)), byStripe(sample('PaymentSucceeded', 2))];
    expect(fold(received, first, second)[EVENT]?.became.map(({ eventId }) => eventId)).toStrictEqual(['event-1', 'event-2']);
  });

  it('says that nobody delivered it', () => {
    const found = { ...received, data: { ...received.data, via: 'sweep' as const } };
    expect(fold(found)).toStrictEqual({ [EVENT]: { ...row, via: 'sweep' } });
  });

  it('says why one was set aside', () => {
    const foreign = { ...received, data: { ...received.data, quarantine: 'wrongMode' as const } };
    expect(fold(foreign)).toStrictEqual({ [EVENT]: { ...row, outcome: 'quarantined', quarantine: 'wrongMode' } });
  });

  it('ascribes to it nothing that another webhook or we ourselves caused', () => {
    const expired = sample('OrderCheckoutExpired', 1);
    const ours = { ...expired, metadata: { ...expired.metadata, actor: { kind: 'saga' as const, id: EVENT } } };
    expect(fold(received, ours, byStripe(sample('PaymentSucceeded', 2), 'evt_other'))).toStrictEqual({ [EVENT]: row });
  });

  it('is the same in any batches', () => {
    const later = [
      byStripe(sample('SubscriptionLinked')),
      byStripe(sample('PaymentSucceeded')),
      byStripe(sample('UnmatchedMoneyReceived')),
    ];
    sameRowsInAnyBatches(webhookLog, [received, ...later]);
  });
});
