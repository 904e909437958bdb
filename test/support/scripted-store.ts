/** An event store that does what a test tells it: it speaks the protocol, keeps nothing, and may be silent, late or broken. */
import { Server, ServerCredentials, type ServerDuplexStream, type ServerWritableStream, type status } from '@grpc/grpc-js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { BatchAppendReq, BatchAppendResp, ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';

/** One append as it arrived. */
export interface Received {
  readonly stream: string;
  /** -1n: no stream. */
  readonly expected: bigint;
  readonly eventIds: readonly string[];
  /** Answers that the events were written behind the expected revision. */
  accept(): void;
  /** Ends the stream that carries all appends of this client. */
  breakStream(code: status): void;
}

export interface Script {
  append?(received: Received): void;
  read?(call: ServerWritableStream<ReadReq, ReadResp>): void;
  /** What the question for features fails with; undefined: it is answered. */
  features?(): status | undefined;
}

export interface ScriptedStore {
  readonly url: string;
  /** In the order in which they came. */
  readonly appends: Received[];
  /** Appends that came one call each, which is the slow way. */
  readonly slowAppends: Received[];
  close(): void;
}

const METHODS = ['append', 'batchappend', 'read'];

const receivedOf = (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>, request: BatchAppendReq): Received => {
  const options = request.getOptions();
  const expected = options?.hasNoStream() ? -1n : BigInt(options?.getStreamPosition() ?? 0);
  const eventIds = request.getProposedMessagesList().map((message) => message.getId()?.getString() ?? '');
  return {
    expected,
    eventIds,
    stream: Buffer.from(options?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString(),
    accept: () => {
      const success = new streams.BatchAppendResp.Success();
      success.setCurrentRevision(String(expected + BigInt(eventIds.length)));
      const answer = new streams.BatchAppendResp();
      answer.setCorrelationId(request.getCorrelationId());
      answer.setStreamIdentifier(options?.getStreamIdentifier());
      answer.setSuccess(success);
      call.write(answer);
    },
    breakStream: (code) => call.emit('error', { code, details: 'broken on purpose' }),
  };
};

/** Starts it on a free port of 127.0.0.1. What the script does not mention is never answered. */
export async function startScriptedStore(script: Script): Promise<ScriptedStore> {
  const appends: Received[] = [];
  const slowAppends: Received[] = [];
  const server = new Server();
  server.addService(featureServices.ServerFeaturesService, {
    getSupportedMethods: (_call: unknown, respond: (error: object | null, answer?: object) => void) => {
      const code = script.features?.();
      if (code !== undefined) return respond({ code, details: 'failed on purpose' });
      const answer = new features.SupportedMethods().setEventStoreServerVersion('24.10.0');
      for (const method of METHODS)
        answer.addMethods(new features.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(method));
      respond(null, answer);
    },
  });
  const ignore = (): undefined => undefined;
  server.addService(streamServices.StreamsService, {
    append: () => slowAppends.push({ stream: '', expected: 0n, eventIds: [], accept: ignore, breakStream: ignore }),
    batchAppend: (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>) => {
      call.on('data', (request: BatchAppendReq) => {
        const received = receivedOf(call, request);
        appends.push(received);
        script.append?.(received);
      });
      call.on('error', ignore);
    },
    read: (call: ServerWritableStream<ReadReq, ReadResp>) => script.read?.(call),
    delete: ignore,
    tombstone: ignore,
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { url: `esdb://127.0.0.1:${port}?tls=false`, appends, slowAppends, close: () => server.forceShutdown() };
}
