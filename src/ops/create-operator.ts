/** People who operate the ledger, and the demo accounts of a machine that is all local. */
import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Catalog, checkOf } from '../catalog/catalog.js';
import { SignUp } from '../customers/sign-up.js';
import { SetNode } from '../nodes/node.commands.js';
import { Refusal } from '../platform/refusal.js';
import { PanelClient } from '../pterodactyl/panel.client.js';
import { PlanChecks } from '../../projections/plan-availability/plan-availability.query.js';
import { AllNodes } from '../../projections/node-capacity/node-capacity.query.js';

const PASSWORD_MIN = 10;
const DEMO_PEOPLE = [
  { email: 'demo@example.com', name: 'Demo Customer', password: 'demo-password-1', role: 'customer' },
  { email: 'ops@example.com', name: 'Demo Operator', password: 'ops-password-1', role: 'operator' },
] as const;
const DEMO_RESERVE = { reserveMemoryMib: 1024, reserveDiskMib: 10_240 };

/** @returns the operator's id. @throws Refusal EMAIL_TAKEN, or a plain error for a password that is too short */
export async function createOperator(
  app: INestApplicationContext,
  wish: { email: string; name: string; password: string },
): Promise<string> {
  if (wish.password.length < PASSWORD_MIN) throw new Error(`the password needs at least ${PASSWORD_MIN} characters`);
  return app.get(SignUp).signUp({ ...wish, role: 'operator' });
}

const unlessTaken = async (work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'EMAIL_TAKEN')) throw error;
  }
};

/** A customer and an operator to try things with. Repeating it changes nothing. */
export async function ensureDemoPeople(app: INestApplicationContext): Promise<void> {
  for (const person of DEMO_PEOPLE) await unlessTaken(app.get(SignUp).signUp(person));
}

/** Puts every panel node to use whose location is named like a region, unless a node is registered already. 'soon' while the panel is away. */
export async function ensureDemoNodes(app: INestApplicationContext): Promise<void | 'soon'> {
  if ((await app.get(QueryBus).execute(new AllNodes())).length > 0) return;
  const panel = app.get(PanelClient);
  const [locations, nodes] = [await panel.listLocations(), await panel.listNodes()];
  if (locations.ok !== 'done' || nodes.ok !== 'done') return 'soon';
  const regions = new Set(app.get(Catalog).regions.map(({ id }) => id));
  for (const node of nodes.value) {
    const region = locations.value.find(({ id }) => id === node.locationId)?.short;
    if (!region || !regions.has(region)) continue;
    const wish = { nodeId: String(node.id), region, ...DEMO_RESERVE, enabled: true, actor: { kind: 'ops' as const, id: 'demo' } };
    await app.get(CommandBus).execute(new SetNode(wish));
  }
}

const SELLABLE_WITHIN_MS = 10_000;
const SELLABLE_PAUSE_MS = 100;

/** Waits until the demo can be bought from: every plan compared, every node seen. Gives up quietly when the panel or Stripe is away: selling starts when they are back. */
export async function untilDemoSells(app: INestApplicationContext): Promise<void> {
  const deadlineMs = performance.now() + SELLABLE_WITHIN_MS;
  const { plans } = app.get(Catalog);
  const queries = app.get(QueryBus);
  while (performance.now() < deadlineMs) {
    const [checks, nodes] = [await queries.execute(new PlanChecks()), await queries.execute(new AllNodes())];
    if (plans.every((sold) => checkOf(sold, checks)) && nodes.length > 0 && nodes.every(({ observedAt }) => observedAt !== null)) return;
    await delay(SELLABLE_PAUSE_MS);
  }
}
