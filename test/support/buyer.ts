/** A customer who buys over HTTP and clicks on Stripe's page, nothing else. */
import { randomUUID } from 'node:crypto';
import { eventually } from './eventually.js';

export interface OrderView {
  readonly orderId: string;
  readonly planId: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly checkoutSession: string | null;
  readonly pteroServerId: number | null;
  readonly readyAt: string | null;
  readonly paidThrough: string | null;
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface Wish {
  readonly planId: string;
  readonly region?: string;
  readonly term?: string;
  readonly payment?: 'once' | 'subscription';
  readonly configuration?: Readonly<Record<string, string>>;
}

/** One call to the ledger; rejects only when nobody answers. */
export async function call<T>(
  url: string,
  path: string,
  init: { method?: string; token?: string; body?: unknown; key?: string } = {},
): Promise<Answer<T>> {
  const answer = await fetch(`${url}${path}`, {
    method: init.method ?? (init.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(init.token ? { authorization: `Bearer ${init.token}` } : {}),
      ...(init.key ? { 'idempotency-key': init.key } : {}),
    },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  return { status: answer.status, body: (await jsonOf(answer)) as T, headers: answer.headers };
}

/** Undefined for an answer without JSON. */
const jsonOf = async (answer: Response): Promise<unknown> => {
  const text = await answer.text();
  const isJson = text !== '' && (answer.headers.get('content-type') ?? '').includes('json');
  return isJson ? JSON.parse(text) : undefined;
};

const PASSWORD = 'correct horse battery';

export class Buyer {
  private constructor(
    readonly url: string,
    readonly customerId: string,
    readonly token: string,
  ) {}

  /** Signs up under a fresh e-mail and waits for the panel account. */
  static async signUp(url: string, email = `buyer-${randomUUID()}@example.com`): Promise<Buyer> {
    const { status, body } = await call<{ customerId: string; accessToken: string }>(url, '/api/v1/customers', {
      body: { email, password: PASSWORD, name: 'Test Buyer' },
    });
    if (status !== 201) throw new Error(`sign-up answered ${status}: ${JSON.stringify(body)}`);
    return new Buyer(url, body.customerId, body.accessToken).linked();
  }

  /** Somebody who signed up before; waits for the panel account, too. */
  static async logIn(url: string, email: string): Promise<Buyer> {
    const { status, body } = await call<{ customerId: string; accessToken: string }>(url, '/api/v1/sessions', {
      body: { email, password: PASSWORD },
    });
    if (status !== 200) throw new Error(`login answered ${status}: ${JSON.stringify(body)}`);
    return new Buyer(url, body.customerId, body.accessToken).linked();
  }

  /** Somebody whose access token is at hand. */
  static withToken(url: string, customerId: string, token: string): Buyer {
    return new Buyer(url, customerId, token);
  }

  private async linked(): Promise<this> {
    await eventually(async () => (await this.me()).panelAccount.status === 'linked', { withinMs: 30_000, what: 'the panel account' });
    return this;
  }

  /** The same customer, at the same address after a restart or at another. */
  at(url: string): Buyer {
    return new Buyer(url, this.customerId, this.token);
  }

  async me(): Promise<{ panelAccount: { status: string } }> {
    return (await call<{ panelAccount: { status: string } }>(this.url, '/api/v1/me', { token: this.token })).body;
  }

  /** One try; the same key is the same wish. */
  async tryToOrder(
    wish: Wish,
    key: string,
  ): Promise<Answer<{ orderId: string; checkoutUrl: string | null; status: string; code?: string }>> {
    const body = { region: 'eu-central', term: 'monthly', payment: 'once', ...wish };
    return call(this.url, '/api/v1/orders', { token: this.token, body, key });
  }

  /** Places an order, repeating under the same key for as long as the ledger is away or busy. */
  async order(wish: Wish, key: string = randomUUID()): Promise<{ orderId: string; checkoutUrl: string }> {
    return eventually(
      async () => {
        const { status, body } = await this.tryToOrder(wish, key);
        if (status === 201 && body.checkoutUrl) return { orderId: body.orderId, checkoutUrl: body.checkoutUrl };
        throw new Error(`placing answered ${status}: ${JSON.stringify(body)}`);
      },
      { withinMs: 30_000, what: 'the order' },
    );
  }

  /** My orders, newest first. */
  async orders(): Promise<OrderView[]> {
    return (await call<{ items: OrderView[] }>(this.url, '/api/v1/orders', { token: this.token })).body.items;
  }

  async orderView(orderId: string): Promise<OrderView> {
    return (await call<OrderView>(this.url, `/api/v1/orders/${orderId}`, { token: this.token })).body;
  }

  /** Waits until the order shows this status. */
  async until(orderId: string, status: string, withinMs = 40_000): Promise<OrderView> {
    return eventually(
      async () => {
        const view = await this.orderView(orderId);
        if (view.status === status) return view;
        throw new Error(`the order is ${view.status} (${view.statusReason})`);
      },
      { withinMs, what: `order ${orderId} to be ${status}` },
    );
  }

  async timeline(orderId: string): Promise<{ type: string; stream: string }[]> {
    return (
      await call<{ entries: { type: string; stream: string }[] }>(this.url, `/api/v1/orders/${orderId}/timeline`, { token: this.token })
    ).body.entries;
  }
}

/** Clicks a button of the checkout page: follows the form the page shows. Answers where the page leads, or the page itself when it stays. */
export async function click(checkoutUrl: string, button: 'pay' | 'decline' | 'leave'): Promise<string> {
  const page = await (await fetch(checkoutUrl)).text();
  const action = formActionOf(page, button);
  const answer = await fetch(new URL(action, checkoutUrl), {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: '',
  });
  return answer.headers.get('location') ?? (await answer.text());
}

/** The action of the form that holds the button with this id. */
const formActionOf = (page: string, button: string): string => {
  const forms = page.match(/<form[\s\S]*?<\/form>/g) ?? [];
  const form = forms.find((candidate) => candidate.includes(`id="${button}"`));
  const action = form?.match(/action="([^"]*)"/)?.[1];
  if (action === undefined) throw new Error(`the checkout page has no ${button} button: ${page.slice(0, 300)}`);
  return action.replaceAll('&amp;', '&');
};

export const pay = (checkoutUrl: string): Promise<string> => click(checkoutUrl, 'pay');
