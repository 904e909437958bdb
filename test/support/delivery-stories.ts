/** What may happen to one order from its payment on, chosen by fast-check: at Stripe, on the panel, by its customer and by operators. */
import fc from 'fast-check';
import Stripe from 'stripe';
import { call, type Buyer } from './buyer.js';
import type { PanelServer, World } from './local-world.js';

const STRIPE_DEEDS = ['refund', 'refundInPart', 'dispute', 'disputeWon', 'disputeLost', 'cancelAtStripe'] as const;
const OPERATOR_DEEDS = ['retry', 'move', 'otherPorts', 'reinstall', 'opsRefund', 'suspend', 'resume', 'end', 'opsPower'] as const;
const CUSTOMER_DEEDS = ['power', 'cancel', 'largerPlan', 'smallerPlan'] as const;
const HAND_DEEDS = ['suspendedByHand', 'unsuspendedByHand', 'vanishes'] as const;

type AtStripe = 'pay' | 'decline' | (typeof STRIPE_DEEDS)[number];
type Deed = AtStripe | (typeof OPERATOR_DEEDS)[number] | (typeof CUSTOMER_DEEDS)[number] | (typeof HAND_DEEDS)[number];

/** The next calls of this kind to the panel go wrong: of whatever order, or, where `match` says `own`, of this one's server. */
export interface Trouble {
  readonly match: string;
  readonly fault: string;
  readonly times: number;
  readonly delayMs: number;
}

/** What the panel makes of installs from now on. */
interface Installs {
  readonly installMs: number;
  readonly installOutcome: 'ok' | 'failed' | 'stuck';
}

/** What may be waited for: that the server runs, that the change of plan which is under way has come to its end. */
export type Awaited = 'served' | 'planDecided';

export type Happening =
  | { readonly deed: Deed }
  /** Until it is so, or nothing happens any more that could bring it about. */
  | { readonly awaited: Awaited }
  | { readonly trouble: Trouble }
  | { readonly installs: Installs }
  /** Of the steered clock. */
  | { readonly passMs: number };

export interface DeliveryStory {
  readonly planId: string;
  readonly payment: 'once' | 'subscription';
  readonly happenings: readonly Happening[];
}

const ANYWHERE = ['down', 'html502', 'maintenance503', '429', 'timeoutAfterCommit'];
const AT_WINGS = ['wingsDown', 'wings500', 'wings502', 'wings403', 'timeoutRolledBack'];
/** A build heeds no Wings. */
const AT_BUILD = ['timeoutRolledBack', 'error500AfterCommit', 'refused422', 'transfer409', 'absent404'];
const SERVERS = '/api/application/servers';
const SERVER = `${SERVERS}/*`;
const CALLS: readonly (readonly [match: string, faults: readonly string[]])[] = [
  [`POST ${SERVERS}`, [...ANYWHERE, ...AT_WINGS, 'lostRace500', 'error500AfterCommit']],
  [`GET ${SERVERS}/external/*`, [...ANYWHERE]],
  [`GET ${SERVER}`, ANYWHERE],
  [`POST ${SERVER}/suspend`, [...ANYWHERE, ...AT_WINGS, 'wings404', 'transfer409']],
  [`POST ${SERVER}/unsuspend`, [...ANYWHERE, ...AT_WINGS, 'wings404', 'transfer409']],
  [`PATCH ${SERVER}/build`, [...ANYWHERE, ...AT_BUILD]],
  [`POST ${SERVER}/reinstall`, [...ANYWHERE, ...AT_WINGS, 'wings404']],
  [`DELETE ${SERVER}`, [...ANYWHERE, ...AT_WINGS]],
  ['POST /api/client/servers/*/power', [...ANYWHERE, 'wingsDown', 'wings500']],
];

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const troubleWith = (
  [match, faults]: readonly [match: string, faults: readonly string[]],
  times: fc.Arbitrary<number>,
): fc.Arbitrary<Happening> =>
  fc.record({ match: fc.constant(match), fault: fc.constantFrom(...faults), times, delayMs: fc.nat(300) }).map((one) => ({ trouble: one }));
const trouble = fc.constantFrom(...CALLS).chain((call) => troubleWith(call, fc.integer({ min: 1, max: 3 })));
/** Also for as often as it is tried. */
const troubleWithPlan = troubleWith([`PATCH ${SERVERS}/own/build`, [...ANYWHERE, ...AT_BUILD]], fc.constantFrom(1, 1, 2, 12));
const installs: fc.Arbitrary<Happening> = fc
  .record({ installMs: fc.constantFrom(0, MINUTE_MS), installOutcome: fc.constantFrom('ok', 'ok', 'ok', 'failed', 'stuck') })
  .map((one) => ({ installs: one }));
const pass: fc.Arbitrary<Happening> = fc.constantFrom(1_000, MINUTE_MS, 20 * MINUTE_MS, DAY_MS, 4 * DAY_MS).map((passMs) => ({ passMs }));
const deed: fc.Arbitrary<Happening> = fc
  .constantFrom(...STRIPE_DEEDS, ...OPERATOR_DEEDS, ...CUSTOMER_DEEDS, ...HAND_DEEDS)
  .map((one) => ({ deed: one }));
const HAPPENINGS_MAX = 7;

const PLANS = { largerPlan: 'teeworlds-512m', smallerPlan: 'teeworlds-256m' } as const;
export type PlanDeed = keyof typeof PLANS;
const PLAN_BEFORE = { largerPlan: PLANS.smallerPlan, smallerPlan: PLANS.largerPlan } as const;

/** Another plan for an order that is served, with the panel's trouble about it, and waited for or not. */
const planChange = ({ deed, inTrouble }: { deed: PlanDeed; inTrouble: boolean }, waits: fc.Arbitrary<boolean>): fc.Arbitrary<Happening[]> =>
  fc
    .tuple(inTrouble ? troubleWithPlan : fc.constant(null), waits)
    .map(([itsTrouble, isAwaited]) => [
      { awaited: 'served' },
      ...(itsTrouble ? [itsTrouble] : []),
      { deed },
      ...(isAwaited ? [{ awaited: 'planDecided' } as const] : []),
    ]);
const anyPlanChange = fc
  .record({ deed: fc.constantFrom<PlanDeed>('largerPlan', 'smallerPlan'), inTrouble: fc.boolean() })
  .chain((change) => planChange(change, fc.boolean()));
const single = (one: fc.Arbitrary<Happening>): fc.Arbitrary<Happening[]> => one.map((happening) => [happening]);
const anything: fc.Arbitrary<Happening[]> = fc.oneof(
  { weight: 10, arbitrary: single(deed) },
  { weight: 8, arbitrary: single(trouble) },
  { weight: 2, arbitrary: single(installs) },
  { weight: 2, arbitrary: single(pass) },
  { weight: 3, arbitrary: anyPlanChange },
);

/** Paid nearly always, sometimes only after something else has happened. */
export const deliveryStory: fc.Arbitrary<DeliveryStory> = fc
  .record({
    planId: fc.constantFrom(...Object.values(PLANS)),
    payment: fc.constantFrom('once', 'subscription'),
    before: fc.array(fc.oneof(trouble, installs, fc.constant<Happening>({ deed: 'decline' })), { maxLength: 2 }),
    paid: fc.constantFrom<Happening[][]>([{ deed: 'pay' }], [{ deed: 'pay' }], [{ deed: 'pay' }], []),
    after: fc.array(anything, { maxLength: HAPPENINGS_MAX }),
  })
  .map(({ before, paid, after, ...order }) => ({ ...order, happenings: [...before, ...paid, ...after.flat()] }));

const PLAN_CHANGES: readonly { readonly deed: PlanDeed; readonly inTrouble: boolean }[] = [
  ...[{ deed: 'largerPlan', inTrouble: false } as const, { deed: 'largerPlan', inTrouble: true } as const],
  ...[{ deed: 'smallerPlan', inTrouble: false } as const, { deed: 'smallerPlan', inTrouble: true } as const],
];
const MORE_MAX = 2;

/** Of each kind of change of plan one story in which it comes about, whatever is drawn; what follows it may befall it too. */
export const planStories: fc.Arbitrary<DeliveryStory[]> = fc.tuple(
  ...PLAN_CHANGES.map((change) =>
    fc.tuple(planChange(change, fc.constant(true)), fc.array(anything, { maxLength: MORE_MAX })).map(([its, more]) => ({
      ...{ planId: PLAN_BEFORE[change.deed], payment: 'subscription' as const },
      happenings: [{ deed: 'pay' as const }, ...its, ...more.flat()],
    })),
  ),
);

const OPERATOR_CALLS: Readonly<Record<(typeof OPERATOR_DEEDS)[number], readonly [path: string, body: object]>> = {
  retry: ['retry', {}],
  move: ['move', { acceptDataLoss: true }],
  otherPorts: ['move', { acceptDataLoss: true, otherPorts: true }],
  reinstall: ['reinstall', { acceptDataLoss: true }],
  opsRefund: ['refund', {}],
  suspend: ['suspend', {}],
  resume: ['resume', {}],
  end: ['end', {}],
  opsPower: ['server/power', { signal: 'restart' }],
};
const HAND_CALLS: Readonly<Record<(typeof HAND_DEEDS)[number], readonly [method: string, path: string]>> = {
  suspendedByHand: ['POST', '/suspend'],
  unsuspendedByHand: ['POST', '/unsuspend'],
  vanishes: ['DELETE', '/force'],
};
const UNDECIDED = ['OrderPlanChangeConfirmed', 'OrderPlanChangeRequested', 'OrderPlanChangePaid'];
const isOf = <D extends string>(deeds: readonly D[], one: string): one is D => (deeds as readonly string[]).includes(one);
const idOf = (related: string | { id: string } | null | undefined): string => (typeof related === 'string' ? related : (related?.id ?? ''));

/** One order and whoever has to do with it. */
export class StoryOfOrder {
  /** Every change of plan that the customer has asked for, by its id. */
  readonly plansWanted = new Map<string, { readonly deed: PlanDeed; readonly inTrouble: boolean }>();
  private disputeId = '';
  /** Whether the panel's next change of this server goes wrong. */
  private inTrouble = false;

  constructor(
    readonly story: DeliveryStory,
    readonly orderId: string,
    private readonly checkoutUrl: string,
    private readonly parts: { readonly world: World; readonly buyer: Buyer; readonly operator: string },
  ) {}

  /** What somebody is refused has not happened; only an answer that nobody has thought of is a failure. */
  async perform(one: Deed): Promise<unknown> {
    if (isOf(OPERATOR_DEEDS, one)) {
      const [path, body] = OPERATOR_CALLS[one];
      return this.ask(`/api/v1/ops/orders/${this.orderId}/${path}`, this.parts.operator, { ...body, reason: 'a story' });
    }
    if (one === 'power') return this.ask(`/api/v1/orders/${this.orderId}/server/power`, this.parts.buyer.token, { signal: 'start' });
    if (one === 'cancel') return this.ask(`/api/v1/orders/${this.orderId}/cancel`, this.parts.buyer.token, { when: 'now' });
    if (one === 'largerPlan' || one === 'smallerPlan') return this.changePlan(one);
    if (isOf(HAND_DEEDS, one)) return this.byHand(one);
    await this.atStripe(one).catch((error: unknown) => {
      if (!(error instanceof Stripe.errors.StripeInvalidRequestError) && !/ answered 4\d\d/.test(String(error))) throw error;
    });
  }

  /** Answers the id of a quote, where that was asked for. */
  private async ask(path: string, token: string, body: object): Promise<string | undefined> {
    const { status, body: said } = await call<{ code?: string; quoteId?: string }>(this.parts.buyer.url, path, { token, body });
    if (status === 500 || status === 401) throw new Error(`${path} answered ${status}: ${JSON.stringify(said)}`);
    return said?.quoteId;
  }

  /** Quoted and confirmed at once; only a subscription can, and only while it is served. */
  private async changePlan(deed: PlanDeed): Promise<void> {
    const path = `/api/v1/orders/${this.orderId}/plan-change`;
    const quoteId = await this.ask(`${path}/quote`, this.parts.buyer.token, { planId: PLANS[deed] });
    if (quoteId === undefined) return;
    this.plansWanted.set(quoteId, { deed, inTrouble: this.inTrouble });
    this.inTrouble = false;
    await this.ask(path, this.parts.buyer.token, { quoteId });
  }

  /** Trouble with the order's own server is trouble with any other where it has none. */
  async makeTrouble({ match, ...trouble }: Trouble): Promise<void> {
    const isOwn = match.includes('/own/');
    const id = isOwn ? (await this.server())?.id : undefined;
    this.inTrouble ||= id !== undefined;
    await this.parts.world.panelControl('/_control/faults', { ...trouble, match: match.replace('/own/', `/${id ?? '*'}/`) });
  }

  /** Whether what was waited for is so. */
  async has(awaited: Awaited): Promise<boolean> {
    const { world, buyer } = this.parts;
    if (awaited === 'served') return (await buyer.orderView(this.orderId)).status === 'ready';
    const told = (await world.eventsOf(`order-${this.orderId}`)).map(({ type }) => type);
    return !UNDECIDED.includes(told.findLast((type) => type.startsWith('OrderPlanChange')) ?? '');
  }

  private async server(): Promise<PanelServer | undefined> {
    return (await this.parts.world.panelServers()).find(({ externalId }) => externalId === `order_${this.orderId}`);
  }

  /** By an administrator on the panel's own pages. */
  private async byHand(one: (typeof HAND_DEEDS)[number]): Promise<void> {
    const { world } = this.parts;
    const server = await this.server();
    if (!server) return;
    const [method, path] = HAND_CALLS[one];
    const authorization = `Bearer ${world.ledgerEnvironment()['PTERO_APP_KEY'] ?? ''}`;
    const headers = { authorization, accept: 'application/json' };
    await fetch(`${world.panelUrl}/api/application/servers/${server.id}${path}`, { method, headers }).catch((error: unknown) => {
      // A fault that was meant for us.
      if (!(error instanceof TypeError)) throw error;
    });
  }

  private async atStripe(one: AtStripe): Promise<void> {
    const { world } = this.parts;
    const ofSession = (verb: string) => () => world.stripeControl(`/_control/sessions/${this.sessionId}/${verb}`, {});
    const ofDispute = (verb: string) => async () =>
      this.disputeId !== '' && (await world.stripeControl(`/_control/disputes/${this.disputeId}/${verb}`, {}));
    const refund = (more: object) => async () => world.stripe.refunds.create({ payment_intent: await this.intent(), ...more });
    const deeds: Readonly<Record<AtStripe, () => Promise<unknown>>> = {
      pay: ofSession('pay'),
      decline: ofSession('decline'),
      disputeWon: ofDispute('win'),
      disputeLost: ofDispute('lose'),
      refund: refund({}),
      refundInPart: refund({ amount: 100 }),
      dispute: async () => {
        const intent = await this.intent();
        this.disputeId = (await world.stripeControl<{ id: string }>(`/_control/charges/${intent}/dispute`, {})).id;
      },
      cancelAtStripe: async () => world.stripe.subscriptions.cancel(await this.subscription()),
    };
    await deeds[one]();
  }

  private get sessionId(): string {
    return /cs_test_\w+/.exec(this.checkoutUrl)?.[0] ?? '';
  }

  /** None is a text that Stripe refuses. */
  private async subscription(): Promise<string> {
    const session = await this.parts.world.stripe.checkout.sessions.retrieve(this.sessionId);
    return idOf(session.subscription) || 'none';
  }

  /** Of the payment that came last. */
  private async intent(): Promise<string> {
    const { stripe } = this.parts.world;
    const session = await stripe.checkout.sessions.retrieve(this.sessionId);
    if (session.payment_intent) return idOf(session.payment_intent);
    const { data } = await stripe.invoices.list({ subscription: await this.subscription(), status: 'paid', limit: 1 });
    const paid = await stripe.invoicePayments.list({ invoice: data[0]?.id ?? 'none', status: 'paid' });
    return idOf(paid.data[0]?.payment.payment_intent) || 'none';
  }
}
