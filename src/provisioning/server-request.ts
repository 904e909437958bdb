/** Puts together what the panel is asked to create: the plan's limits, the egg's image and start-up line, and its whole environment. */
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Catalog } from '../catalog/catalog.js';
import type { Game } from '../catalog/catalog.schema.js';
import { ServerNameStore } from '../customers/identity/server-name.store.js';
import { IdentityStore } from '../customers/identity/identity.store.js';
import { buildEnvironment, generateSecret } from '../pterodactyl/egg-environment.js';
import type { PanelResult } from '../pterodactyl/panel.results.js';
import type { NewPanelServer, PanelEgg } from '../pterodactyl/panel.types.js';
import { EggShelf } from './egg-shelf.js';
import { PortShelf } from './port-shelf.js';
import type { ProvisioningStarted } from './provisioning.events.js';

type Started = ProvisioningStarted['data'];

/** Either the request, or the code of what stands in its way; nothing has been asked of the panel that changes anything. */
export type Prepared =
  { readonly ok: true; readonly request: NewPanelServer } | { readonly ok: false; readonly code: string; readonly field: string | null };

const SECRET_BYTES = 64;

/** Rules that no secret can satisfy leave the variable to the egg; the environment check then says which one it is. */
const named = (name: string, value: string | undefined): (readonly [string, string])[] => (value === undefined ? [] : [[name, value]]);

const failed = (code: string, field: string | null = null): Prepared => ({ ok: false, code, field });

const codeOf = (result: Exclude<PanelResult<unknown>, { ok: 'done' }>, absentCode: string): string =>
  result.ok === 'absent' ? absentCode : result.code;

/** Which variable carries the port of which allocation: the n-th port of the game is the n-th allocation of the hold. */
const allocationsOf = (game: Game, allocationIds: readonly number[]): ReadonlyMap<string, number> =>
  new Map(
    game.ports.flatMap(({ variable }, index) => {
      const id = allocationIds[index];
      return variable && id !== undefined ? [[variable, id] as const] : [];
    }),
  );

const portsOf = (wanted: ReadonlyMap<string, number>, ports: ReadonlyMap<number, number>): Record<string, number> =>
  Object.fromEntries(
    [...wanted].flatMap(([variable, id]) => {
      const port = ports.get(id);
      return port === undefined ? [] : [[variable, port] as const];
    }),
  );

@Injectable()
export class ServerRequests {
  constructor(
    private readonly catalog: Catalog,
    private readonly eggs: EggShelf,
    private readonly ports: PortShelf,
    private readonly people: IdentityStore,
    private readonly names: ServerNameStore,
  ) {}

  /** Secrets are made once per order and kept encrypted, so every attempt sends the same ones. */
  async prepare(started: Started): Promise<Prepared> {
    const sold = this.catalog.plan(started.planId);
    if (!sold) return failed('PLAN_NOT_IN_CATALOG');
    const egg = await this.eggs.find(sold.game.egg.id);
    if (egg.ok !== 'done') return failed(codeOf(egg, 'EGG_MISSING'));
    if (egg.value.name !== sold.game.egg.name) return failed('EGG_NAME_DIFFERS');
    const wanted = allocationsOf(sold.game, started.hold.allocationIds);
    const known = await this.ports.of(Number(started.hold.nodeId), [...wanted.values()]);
    if (known.ok !== 'done') return failed(codeOf(known, 'NODE_MISSING'));
    const ports = portsOf(wanted, known.value);
    const secrets = await this.people.mergeSecrets(started.configurationId, this.newSecrets(egg.value, sold.game.secrets));
    const customer = (await this.people.configuration(started.configurationId)) ?? {};
    const built = buildEnvironment({ variables: egg.value.variables, plan: sold.game.environment, ports, customer, secrets });
    if (!built.ok) return failed('ENVIRONMENT_INVALID', built.problems[0]?.variable ?? null);
    const name = (await this.names.nameOf(started.orderId)) ?? `${started.gameId}-${started.orderId.slice(-8)}`;
    return { ok: true, request: { ...this.request(started, egg.value, built.environment), name } };
  }

  private newSecrets(egg: PanelEgg, names: readonly string[]): Record<string, string> {
    const rulesOf = (name: string): string =>
      egg.variables.find(({ envVariable }) => envVariable === name)?.rules ?? 'required|string|max:32';
    return Object.fromEntries(names.flatMap((name) => named(name, generateSecret(rulesOf(name), randomBytes(SECRET_BYTES)))));
  }

  private request(started: Started, egg: PanelEgg, environment: Readonly<Record<string, string>>): Omit<NewPanelServer, 'name'> {
    const { resources, hold } = started;
    const [main = 0, ...additional] = hold.allocationIds;
    return {
      externalId: started.externalId,
      userId: started.panelUserId,
      eggId: egg.id,
      dockerImage: Object.values(egg.dockerImages)[0] ?? '',
      startup: egg.startup,
      environment,
      limits: {
        memory: resources.memoryMib,
        swap: resources.swapMib,
        disk: resources.diskMib,
        io: resources.io,
        cpu: resources.cpuPercent,
        ...(resources.threads === null ? {} : { threads: resources.threads }),
      },
      featureLimits: { databases: resources.databases, backups: resources.backups, allocations: resources.ports },
      allocationIds: [main, ...additional],
      startOnCompletion: true,
    };
  }
}
