/** What the panel keeps. Names follow the panel's own attributes, so a row reads like the answer it becomes. */

interface Row {
  readonly id: number;
  created_at: string;
  updated_at: string;
}

export interface UserRow extends Row {
  external_id: string | null;
  uuid: string;
  username: string;
  email: string;
  first_name: string;
  last_name: string;
  language: string;
  root_admin: boolean;
  '2fa': boolean;
  /** When a password was last set. */
  password_set_at: string | null;
  /** What is kept of it; absent in rows from before that was. */
  password_hash?: string;
}

export interface LocationRow extends Row {
  short: string;
  long: string | null;
}

export interface NodeRow extends Row {
  uuid: string;
  public: boolean;
  name: string;
  description: string | null;
  location_id: number;
  fqdn: string;
  scheme: string;
  behind_proxy: boolean;
  maintenance_mode: boolean;
  /** MiB, as is `disk`. */
  memory: number;
  /** Percent, as is `disk_overallocate`. */
  memory_overallocate: number;
  disk: number;
  disk_overallocate: number;
  upload_size: number;
  daemon_listen: number;
  daemon_sftp: number;
  daemon_base: string;
}

export interface AllocationRow extends Row {
  node_id: number;
  ip: string;
  alias: string | null;
  port: number;
  notes: string | null;
  server_id: number | null;
}

export interface DatabaseRow extends Row {
  server: number;
  host: number;
  database: string;
  username: string;
  remote: string;
  max_connections: number | null;
  password: string;
}

export interface Limits {
  memory: number;
  swap: number;
  disk: number;
  io: number;
  cpu: number;
  threads: string | null;
  oom_disabled: boolean;
}

export interface FeatureLimits {
  databases: number | null;
  allocations: number | null;
  backups: number;
}

export type ServerStatus = 'installing' | 'install_failed' | 'reinstall_failed' | 'suspended' | 'restoring_backup' | null;
export type InstallOutcome = 'ok' | 'failed' | 'stuck';

export interface ServerRow extends Row {
  external_id: string | null;
  uuid: string;
  name: string;
  description: string;
  status: ServerStatus;
  limits: Limits;
  feature_limits: FeatureLimits;
  user: number;
  node: number;
  allocation: number;
  nest: number;
  egg: number;
  startup: string;
  image: string;
  environment: Record<string, string>;
  /** The install under way or last ended: its beginning (absent in rows from before it was kept) and end by the panel's clock, in Unix milliseconds, and what it will come to; `cutOff`: Wings was started anew in the midst of it, so that there is no game to run. */
  install: { beganAtMs?: number; endsAtMs: number; outcome: InstallOutcome; again: boolean; cutOff?: true };
  /** Whether it is started when its install has ended well; absent in rows from before this was kept. */
  start_on_completion?: boolean;
}

export const identifierOf = (server: ServerRow): string => server.uuid.slice(0, 8);
