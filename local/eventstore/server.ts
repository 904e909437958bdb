/** The event store as one running program: folder, log and the gRPC services on one port. */
import { Server, ServerCredentials, type MethodDefinition } from '@grpc/grpc-js';
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { Clock } from '../support/clock.js';
import type { Running } from '../support/program.js';
import { appendHandler, deleteHandler, tombstoneHandler } from './append.js';
import { batchAppendHandler } from './batch-append.js';
import { gossipHandler, supportedMethodsHandler } from './discovery.js';
import { markFolder, takeFolder, temporaryFolder, type Folder } from './folder.js';
import { Log } from './log.js';
import { OpenCalls } from './open-calls.js';
import { readHandler } from './read.js';
import { Storage } from './storage.js';

export interface EventStoreOptions {
  /** Where events are kept; absent or with `inMemory`, they are gone when the store closes. */
  readonly dir?: string;
  readonly inMemory?: boolean;
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** What gossip answers as the address; by default what the store listens on. */
  readonly advertise?: string;
  /** Most bytes of event data in one append; 1 MiB by default, as the real server has it. */
  readonly appendBytesMax?: number;
  readonly clock?: Clock;
}

const APPEND_BYTES_MAX = 1 << 20;
/** Larger than any append that is accepted, so that a too large one gets its own error. */
const MESSAGE_BYTES_MAX = 32 << 20;

/** Read with its answers as bytes: what is stored is already in the wire's form. */
const READ: MethodDefinition<ReadReq, Buffer> = {
  ...streamServices.StreamsService.read,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};

const bind = (server: Server, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
  });

const openFolder = (options: EventStoreOptions): Promise<Folder> =>
  options.dir === undefined || options.inMemory ? Promise.resolve(temporaryFolder()) : takeFolder(options.dir);

const isDurable = (options: EventStoreOptions): boolean => options.dir !== undefined && !options.inMemory;

async function openLog(folder: Folder, options: EventStoreOptions): Promise<Log> {
  const log = new Log(new Storage(folder.dataFile, isDurable(options)), options.clock);
  await log.begin();
  if (isDurable(options)) markFolder(folder);
  return log;
}

/** Starts a store and resolves when it listens. Rejects if the folder cannot be used or the port is taken. */
export async function startEventStore(options: EventStoreOptions = {}): Promise<Running> {
  const host = options.host ?? '127.0.0.1';
  const folder = await openFolder(options);
  const log = await openLog(folder, options);
  const calls = new OpenCalls();
  const server = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_send_message_length': MESSAGE_BYTES_MAX });
  const bytesMax = options.appendBytesMax ?? APPEND_BYTES_MAX;
  let port = 0;
  server.addService(featureServices.ServerFeaturesService, { getSupportedMethods: supportedMethodsHandler });
  server.addService(gossipServices.GossipService, { read: gossipHandler(() => ({ host: options.advertise ?? host, port })) });
  server.addService(
    { ...streamServices.StreamsService, read: READ },
    {
      read: calls.streaming(readHandler(log)),
      append: appendHandler(log, bytesMax),
      batchAppend: calls.streaming(batchAppendHandler(log, bytesMax)),
      delete: deleteHandler(log),
      tombstone: tombstoneHandler(log),
    },
  );
  port = await bind(server, `${host}:${options.port ?? 0}`);
  const close = async (): Promise<void> => {
    await calls.shutDown(server);
    await log.close();
    await folder.release();
  };
  return { url: `esdb://${host}:${port}?tls=false`, close };
}
