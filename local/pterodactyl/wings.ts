/** What runs on the nodes: each server's power state by the panel's clock, and what its console says. Kept in memory, as Wings keeps it. */
import type { Clock } from '../support/clock.js';
import { answerTo, marked, startLines, stopLines } from './console-lines.js';
import { eggById } from './eggs.js';
import type { ServerRow } from './records.js';

export type PowerState = 'offline' | 'starting' | 'running' | 'stopping';
export const SIGNALS = ['start', 'stop', 'restart', 'kill'] as const;
export type Signal = (typeof SIGNALS)[number];

/** In milliseconds of the clock. */
export interface PowerTimes {
  startMs: number;
  stopMs: number;
}

/** Told of everything that happens on one server while it listens. */
export interface Watcher {
  said(line: string): void;
  became(state: PowerState): void;
}

/** What a server uses, in the panel's own words. */
export interface Usage {
  readonly memory_bytes: number;
  readonly cpu_absolute: number;
  readonly disk_bytes: number;
  readonly network_rx_bytes: number;
  readonly network_tx_bytes: number;
  /** Milliseconds. */
  readonly uptime: number;
}

interface Machine {
  state: PowerState;
  sinceMs: number;
  /** When the process began that runs now. */
  begunAtMs: number;
  startsAgain: boolean;
  /** Lines of the start that are still to come. */
  coming: { readonly atMs: number; readonly line: string }[];
  readonly lines: string[];
}

const SCROLLBACK_MAX = 150;
const LINE_CHARS_MAX = 4096;
const MIB = 1_048_576;
const MEMORY_SHARE = 0.4;
const DISK_SHARE = 0.12;
const WAVE_MS = 10_000;
const BYTES_PER_MS = 3;

/** A server that installs or is suspended has no process. */
const mayRun = ({ status }: ServerRow): boolean => status !== 'suspended' && status !== 'installing';

export class Wings {
  private readonly machines = new Map<string, Machine>();
  private readonly watchers = new Map<string, Set<Watcher>>();

  constructor(
    private readonly clock: Clock,
    private readonly times: PowerTimes,
  ) {}

  /** The state after everything whose time has come. */
  stateOf(server: ServerRow): PowerState {
    return this.settled(server).state;
  }

  /** The last lines, oldest first. */
  linesOf(server: ServerRow): readonly string[] {
    return this.settled(server).lines;
  }

  /** Accepted whatever the state is; what makes no sense in it does nothing. */
  signal(server: ServerRow, signal: Signal): void {
    const machine = this.settled(server);
    const nowMs = this.clock().getTime();
    const runs = machine.state === 'running' || machine.state === 'starting';
    if (!mayRun(server)) return;
    if (signal === 'kill') this.enter(server, 'offline', nowMs);
    else if (signal === 'start' || (signal === 'restart' && machine.state === 'offline')) this.begin(server, nowMs);
    else if (runs) this.stop(server, nowMs, signal === 'restart');
  }

  /** False when there is no process that could read it. */
  command(server: ServerRow, command: string): boolean {
    const machine = this.settled(server);
    if (machine.state === 'offline') return false;
    const egg = eggById(server.egg);
    this.say(server, `> ${command}`);
    if (command === egg?.stop) this.stop(server, this.clock().getTime(), false);
    else this.say(server, answerTo(egg, command));
    return true;
  }

  usageOf(server: ServerRow): Usage {
    const { state, begunAtMs } = this.settled(server);
    const disk_bytes = Math.round(server.limits.disk * MIB * DISK_SHARE);
    if (state === 'offline') {
      return { memory_bytes: 0, cpu_absolute: 0, disk_bytes, network_rx_bytes: 0, network_tx_bytes: 0, uptime: 0 };
    }
    const uptime = this.clock().getTime() - begunAtMs;
    const wave = (1 + Math.sin(uptime / WAVE_MS)) / 2;
    return {
      memory_bytes: Math.round(server.limits.memory * MIB * (MEMORY_SHARE + wave / 10)),
      cpu_absolute: Math.round(server.limits.cpu * wave * 10) / 100,
      disk_bytes,
      network_rx_bytes: uptime * BYTES_PER_MS,
      network_tx_bytes: uptime * BYTES_PER_MS * 2,
      uptime,
    };
  }

  /** Tells the watcher of everything from now on, as long as somebody settles the server; returns how to stop. */
  watch(server: ServerRow, watcher: Watcher): () => void {
    const all = this.watchers.get(server.uuid) ?? new Set();
    this.watchers.set(server.uuid, all.add(watcher));
    return () => {
      all.delete(watcher);
      if (all.size === 0) this.watchers.delete(server.uuid);
    };
  }

  private settled(server: ServerRow): Machine {
    const machine = this.machineOf(server);
    const nowMs = this.clock().getTime();
    if (!mayRun(server) && machine.state !== 'offline') this.enter(server, 'offline', nowMs);
    this.speak(server, machine, nowMs);
    if (machine.state === 'starting' && machine.sinceMs + this.times.startMs <= nowMs)
      this.enter(server, server.install.cutOff ? 'offline' : 'running', machine.sinceMs + this.times.startMs);
    if (machine.state === 'stopping' && machine.sinceMs + this.times.stopMs <= nowMs) {
      const endedAtMs = machine.sinceMs + this.times.stopMs;
      const { startsAgain } = machine;
      this.enter(server, 'offline', endedAtMs);
      if (startsAgain) {
        this.begin(server, endedAtMs);
        return this.settled(server);
      }
    }
    return machine;
  }

  private machineOf({ uuid }: ServerRow): Machine {
    const known = this.machines.get(uuid);
    if (known) return known;
    const machine: Machine = { state: 'offline', sinceMs: 0, begunAtMs: 0, startsAgain: false, coming: [], lines: [] };
    this.machines.set(uuid, machine);
    return machine;
  }

  private begin(server: ServerRow, atMs: number): void {
    const machine = this.machineOf(server);
    if (machine.state !== 'offline') return;
    const lines = startLines(eggById(server.egg));
    machine.begunAtMs = atMs;
    this.enter(server, 'starting', atMs);
    machine.coming = lines.map((line, index) => ({ atMs: atMs + (this.times.startMs * index) / lines.length, line }));
  }

  private stop(server: ServerRow, atMs: number, startsAgain: boolean): void {
    this.enter(server, 'stopping', atMs);
    this.machineOf(server).startsAgain = startsAgain;
    for (const line of stopLines(eggById(server.egg))) this.say(server, line);
  }

  private enter(server: ServerRow, state: PowerState, atMs: number): void {
    const machine = this.machineOf(server);
    if (machine.state === state) return;
    Object.assign(machine, { state, sinceMs: atMs, startsAgain: false, coming: [] });
    this.say(server, marked(state));
    for (const watcher of this.watchers.get(server.uuid) ?? []) watcher.became(state);
  }

  private speak(server: ServerRow, machine: Machine, nowMs: number): void {
    const due = machine.coming.filter(({ atMs }) => atMs <= nowMs);
    machine.coming = machine.coming.filter(({ atMs }) => atMs > nowMs);
    for (const { line } of due) this.say(server, line);
  }

  private say(server: ServerRow, text: string): void {
    const line = text.slice(0, LINE_CHARS_MAX);
    const { lines } = this.machineOf(server);
    lines.push(line);
    if (lines.length > SCROLLBACK_MAX) lines.shift();
    for (const watcher of this.watchers.get(server.uuid) ?? []) watcher.said(line);
  }
}
