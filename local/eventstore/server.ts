/** The event store as one running program: folder, log and the gRPC services on one port. */
import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { Server, ServerCredentials, type MethodDefinition } from '@grpc/grpc-js';
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { Clock } from '../support/clock.js';
import type { Running } from '../support/program.js';
import { appendHandler, deleteHandler, tombstoneHandler } from './append.js';
import { batchAppendHandler } from './batch-append.js';
import { readChunk, type Chunk } from './batch-wire.js';
import { gossipHandler, supportedMethodsHandler } from './discovery.js';
import { openStorage, takeFolder, temporaryFolder, type Folder } from './folder.js';
import { Log } from './log.js';
import { OpenCalls } from './open-calls.js';
import { readHandler } from './read.js';

export interface EventStoreOptions {
  /** Where events are kept; absent or with `inMemory`, they are gone when the store closes. */
  readonly dir?: string;
  readonly inMemory?: boolean;
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** What clients are told to connect to; by default what the store listens on, or this machine's name if that is every address. */
  readonly advertise?: string;
  /** Most bytes of event data in one append; 1 MiB by default, as the real server has it. */
  readonly appendBytesMax?: number;
  /** How long a unary write may take to reach the disk before it is answered as ABORTED. */
  readonly commitTimeoutMs?: number;
  readonly clock?: Clock;
  /** Told when the disk did not confirm a write. Every later write is refused; only opening the folder anew tells what is on disk. */
  readonly onBroken?: (error: Error) => void;
}

const APPEND_BYTES_MAX = 1 << 20;
/** Below the client's own deadline of 10 s, so that it hears an answer. */
const COMMIT_TIMEOUT_MS = 8000;
/** Larger than any append that is accepted, so that a too large one gets its own error. */
const MESSAGE_BYTES_MAX = 32 << 20;

/** Read with its answers as bytes: what is stored is already in the wire's form. */
const READ: MethodDefinition<ReadReq, Buffer> = {
  ...streamServices.StreamsService.read,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};

/** BatchAppend with its messages read and written by hand. */
const BATCH_APPEND: MethodDefinition<Chunk, Uint8Array> = {
  ...streamServices.StreamsService.batchAppend,
  requestSerialize: () => Buffer.alloc(0),
  requestDeserialize: readChunk,
  responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
  responseDeserialize: (bytes: Buffer) => bytes,
};

/** @returns the port */
export const bind = (server: Server, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
  });

const isDurable = (options: EventStoreOptions): options is EventStoreOptions & { dir: string } =>
  options.dir !== undefined && !options.inMemory;

async function openLog(folder: Folder, options: EventStoreOptions): Promise<Log> {
  const log = new Log(openStorage(folder, isDurable(options)), options.clock, options.onBroken);
  await log.begin();
  folder.markReady();
  return log;
}

/** The services, with what each needs. `endpoint` is where clients are told to connect. */
export function serve(log: Log, calls: OpenCalls, options: EventStoreOptions & { endpoint: () => { host: string; port: number } }): Server {
  const server = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_send_message_length': MESSAGE_BYTES_MAX });
  const bytesMax = options.appendBytesMax ?? APPEND_BYTES_MAX;
  const limits = { bytesMax, commitTimeoutMs: options.commitTimeoutMs ?? COMMIT_TIMEOUT_MS };
  server.addService(featureServices.ServerFeaturesService, { getSupportedMethods: supportedMethodsHandler });
  server.addService(gossipServices.GossipService, { read: gossipHandler(log, options.endpoint) });
  server.addService(
    { ...streamServices.StreamsService, read: READ, batchAppend: BATCH_APPEND },
    {
      read: calls.lasting(readHandler(log)),
      append: appendHandler(log, calls, limits),
      batchAppend: calls.lasting(batchAppendHandler(log, bytesMax)),
      delete: deleteHandler(log, limits),
      tombstone: tombstoneHandler(log, limits),
    },
  );
  return server;
}

const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);

/** Where clients can reach the store: no client can connect to "every address". */
const reachable = (host: string): string => (EVERY_ADDRESS.has(host) ? hostname() : host);

const hostInUrl = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** Starts a store and resolves when it listens. Rejects if the folder cannot be used or the port is taken. */
export async function startEventStore(options: EventStoreOptions = {}): Promise<Running> {
  const host = options.host ?? '127.0.0.1';
  const advertised = options.advertise ?? reachable(host);
  const calls = new OpenCalls();
  // What has been opened so far, to be closed in the opposite order, also when the rest cannot be opened.
  const closings: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const closeOne of closings.splice(0).reverse()) await closeOne().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    const folder = isDurable(options) ? await takeFolder(options.dir) : temporaryFolder();
    closings.push(() => folder.release());
    const log = await openLog(folder, options);
    closings.push(() => log.close());
    let port = 0;
    const server = serve(log, calls, { ...options, endpoint: () => ({ host: advertised, port }) });
    port = await bind(server, `${hostInUrl(host)}:${options.port ?? 0}`);
    closings.push(() => calls.shutDown(server));
    // Appends that were made before the shutdown still get their answer.
    closings.push(() => log.settled());
    return { url: `esdb://${hostInUrl(advertised)}:${port}?tls=false`, close };
  } catch (error) {
    await close();
    throw error;
  }
}
