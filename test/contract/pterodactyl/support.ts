/** The panel under test: the stand-in, or a real one named by `PANEL_CONTRACT_URL` and `PANEL_CONTRACT_KEY` for the cases that change nothing. */
import type { PanelOptions } from '../../../local/pterodactyl/server.js';
import { startPanel } from '../../../local/pterodactyl/server.js';
import type { FaultRule } from '../../../local/support/faults.js';
import { PanelClient } from '../../../src/pterodactyl/panel.client.js';
import type { NewPanelServer } from '../../../src/pterodactyl/panel.types.js';

const realUrl = process.env['PANEL_CONTRACT_URL'];
const realKey = process.env['PANEL_CONTRACT_KEY'];

/** True when a real panel is under test, which only the harmless cases may touch. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when the answer is no JSON. */
  readonly json: Json | undefined;
}

export interface Json {
  readonly errors?: readonly {
    readonly code: string;
    readonly status: string;
    readonly detail: string;
    readonly meta?: { source_field: string; rule: string };
  }[];
  readonly object?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly data?: readonly Json[];
  readonly meta?: { readonly pagination: Readonly<Record<string, unknown>>; readonly resource?: string };
}

export interface Sending {
  readonly method?: string;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestPanel {
  readonly url: string;
  readonly appKey: string;
  readonly client: PanelClient;
  /** One raw call below `/api/application`. */
  call(path: string, sending?: Sending): Promise<Answer>;
  fault(rule: FaultRule): Promise<void>;
  control<T>(path: string, body?: unknown): Promise<T>;
  close(): Promise<void>;
}

const parse = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const attach = (url: string, appKey: string, close: () => Promise<void>): TestPanel => {
  const control = async <T>(path: string, body?: unknown): Promise<T> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${url}/_control${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
  return {
    url,
    appKey,
    client: new PanelClient({ url, appKey, timeoutMs: 5000, wingsTimeoutMs: 5000 }),
    call: async (path, { method = 'GET', body, text, headers } = {}) => {
      const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await fetch(`${url}/api/application${path}`, {
        method,
        redirect: 'manual',
        headers: { accept: 'application/json', 'content-type': 'application/json', authorization: `Bearer ${appKey}`, ...headers },
        ...(sent === undefined ? {} : { body: sent }),
      });
      const received = await response.text();
      return { status: response.status, headers: response.headers, text: received, json: parse(received) };
    },
    fault: (rule) => control('/faults', rule),
    control,
    close,
  };
};

const opened: TestPanel[] = [];

/** Closes what a suite opened, also after a failed test; an open panel would keep the run from ending. */
export const closePanels = async (): Promise<void> => {
  await Promise.all(opened.splice(0).map((panel) => panel.close()));
};

/** A fresh stand-in, whatever the settings say. */
export async function localPanel(options: PanelOptions = {}): Promise<TestPanel> {
  const running = await startPanel({ rateLimit: 0, installMs: 0, ...options });
  let closed: Promise<void> | undefined;
  const panel = attach(running.url, running.appKey, () => (closed ??= running.close()));
  opened.push(panel);
  return panel;
}

/** The panel that the harmless cases are run against. */
export const panelUnderTest = (): Promise<TestPanel> =>
  realUrl !== undefined && realKey !== undefined ? Promise.resolve(attach(realUrl, realKey, () => Promise.resolve())) : localPanel();

let made = 0;

/** A new user's id. */
export async function newUser(panel: Pick<TestPanel, 'client'>, externalId = `customer_${(made += 1)}`): Promise<number> {
  const user = await panel.client.createUser({
    externalId,
    email: `${externalId}@example.test`,
    username: externalId,
    firstName: 'Ada',
    lastName: 'Byron',
  });
  if (user.ok !== 'done') throw new Error(`user not created: ${JSON.stringify(user)}`);
  return user.value.id;
}

export const PAPER = { MINECRAFT_VERSION: 'latest', SERVER_JARFILE: 'server.jar', BUILD_NUMBER: 'latest', DL_PATH: '' };

/** A wish that the stand-in grants, with a new external id and a free allocation. */
export async function newServer(panel: Pick<TestPanel, 'client'>, change: Partial<NewPanelServer> = {}): Promise<NewPanelServer> {
  const free = await panel.client.listAllocations(1, { free: true });
  if (free.ok !== 'done' || free.value[0] === undefined) throw new Error('no free allocation');
  return {
    externalId: `svc_${(made += 1)}`,
    name: 'Ada plays',
    userId: change.userId ?? (await newUser(panel)),
    eggId: 39,
    dockerImage: 'ghcr.io/ptero-eggs/yolks:java_21',
    startup: 'java -jar {{SERVER_JARFILE}}',
    environment: PAPER,
    limits: { memory: 4096, swap: 0, disk: 10_240, io: 500, cpu: 200 },
    featureLimits: { databases: 0, allocations: 0, backups: 1 },
    allocationIds: [free.value[0].id],
    ...change,
  };
}

/** The failed checks of a 422, as `field rule`. */
export const failedChecks = (answer: Answer): string[] =>
  (answer.json?.errors ?? []).map(({ meta }) => `${meta?.source_field} ${meta?.rule}`);
