/** The attributes of the panel's items that the ledger uses; the panel sends more. Sizes in MiB, CPU in percent of one core. */

export interface PanelUser {
  readonly id: number;
  readonly externalId: string | null;
  readonly uuid: string;
  readonly username: string;
  readonly email: string;
  readonly rootAdmin: boolean;
}

export type PanelServerStatus = 'installing' | 'install_failed' | 'reinstall_failed' | 'suspended' | 'restoring_backup' | null;

export interface PanelServer {
  readonly id: number;
  readonly externalId: string | null;
  readonly uuid: string;
  readonly identifier: string;
  readonly name: string;
  /** Null is the normal state; whether the game runs is not told here. */
  readonly status: PanelServerStatus;
  readonly suspended: boolean;
  readonly limits: {
    readonly memory: number;
    readonly swap: number;
    readonly disk: number;
    readonly io: number;
    readonly cpu: number;
    readonly threads: string | null;
  };
  /** Null as the panel has it: no limit on databases, no self-service of allocations. */
  readonly featureLimits: { readonly databases: number | null; readonly allocations: number | null; readonly backups: number };
  readonly userId: number;
  readonly nodeId: number;
  readonly allocationId: number;
  readonly eggId: number;
  readonly createdAt: string;
}

export interface PanelNode {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly locationId: number;
  readonly public: boolean;
  readonly maintenance: boolean;
  readonly memory: number;
  readonly memoryOverallocate: number;
  readonly disk: number;
  readonly diskOverallocate: number;
  /** What the panel's servers on this node were promised. */
  readonly allocated: { readonly memory: number; readonly disk: number };
}

export interface PanelLocation {
  readonly id: number;
  readonly short: string;
  readonly long: string | null;
}

export interface PanelAllocation {
  readonly id: number;
  readonly ip: string;
  readonly alias: string | null;
  readonly port: number;
  readonly assigned: boolean;
}

export interface EggVariable {
  readonly name: string;
  /** What the panel tells its users of it; may be empty. */
  readonly description: string;
  readonly envVariable: string;
  readonly defaultValue: string;
  readonly userViewable: boolean;
  readonly userEditable: boolean;
  /** Laravel rules, separated by `|`. */
  readonly rules: string;
}

export interface PanelEgg {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly nestId: number;
  readonly startup: string;
  /** Label to image; the first is the panel's own choice. */
  readonly dockerImages: Readonly<Record<string, string>>;
  readonly variables: readonly EggVariable[];
}

/** Who a user of the panel is. */
export interface PanelDetails {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

export interface NewPanelUser {
  readonly externalId: string;
  readonly email: string;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Without one the panel mails a link to choose it. */
  readonly password?: string;
}

export interface NewPanelServer {
  readonly externalId: string;
  readonly name: string;
  readonly userId: number;
  readonly eggId: number;
  readonly dockerImage: string;
  readonly startup: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: {
    readonly memory: number;
    readonly swap: number;
    readonly disk: number;
    readonly io: number;
    readonly cpu: number;
    readonly threads?: string;
  };
  readonly featureLimits: { readonly databases: number; readonly allocations: number; readonly backups: number };
  /** All on one node: the panel does not check that. */
  readonly allocationIds: readonly [main: number, ...additional: number[]];
  readonly startOnCompletion?: boolean;
}

/** What an update of a server's build replaces as a whole; its other allocations stay. */
export interface ServerBuild {
  /** The default allocation, which must be the server's own. */
  readonly allocationId: number;
  readonly limits: PanelServer['limits'];
  readonly featureLimits: NewPanelServer['featureLimits'];
}

export type PowerState = 'offline' | 'starting' | 'running' | 'stopping';
export type PowerSignal = 'start' | 'stop' | 'restart' | 'kill';

/** What a server does and uses, as Wings last told the panel. */
export interface ServerUsage {
  readonly state: PowerState;
  readonly memoryBytes: number;
  /** Percent of one core. */
  readonly cpuPercent: number;
  readonly diskBytes: number;
  /** Since the process began, in milliseconds; 0 when there is none. */
  readonly uptimeMs: number;
}

/** Where players join. */
export interface ServerAddress {
  /** The name that the operator gave the address, else the address itself. */
  readonly host: string;
  readonly port: number;
}

/** Where a server's console is, and what opens it. */
export interface ConsoleDoor {
  /** Good for ten minutes, and a key to the server: never kept, never logged. */
  readonly token: string;
  /** `ws://` or `wss://`, on the node. */
  readonly socket: string;
}
