/**
 * A server that speaks the event store's protocol and does nothing: appends are acknowledged at once and forgotten, a read of $all gets the
 * same event over and over. What it reaches with the same client is the measure for this machine at this moment. It sends each message by
 * itself, as grpc-js does; reading may be quicker from a server that sends many at once.
 */
import { once } from 'node:events';
import { Server, ServerCredentials, type MethodDefinition, type ServerDuplexStream, type ServerWritableStream } from '@grpc/grpc-js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { BatchAppendReq, BatchAppendResp, ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { supportedMethodsHandler } from '../../../local/eventstore/discovery.js';
import { runProgram } from '../../../local/support/program.js';
import { seededEvent, seededId } from './seed.js';

const cannedEvent = (): Buffer => {
  const { id, type, data, metadata } = seededEvent('noop', 0);
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(new shared.UUID().setString(id));
  recorded.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(`order-${seededId('noop')}`)));
  recorded.setStreamRevision('1').setCommitPosition('1').setPreparePosition('1');
  recorded.getMetadataMap().set('type', type).set('created', '17637000000000000').set('content-type', 'application/json');
  recorded.setCustomMetadata(Buffer.from(JSON.stringify(metadata))).setData(Buffer.from(JSON.stringify(data)));
  return Buffer.from(new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setEvent(recorded)).serializeBinary());
};

const EVENT = cannedEvent();

const read = (call: ServerWritableStream<ReadReq, Buffer>): void => {
  const work = async (): Promise<void> => {
    for (let left = Number(call.request.getOptions()?.getCount() ?? 0); left > 0 && !call.cancelled; left -= 1)
      if (!call.write(EVENT)) await once(call, 'drain');
    call.end();
  };
  work().catch((error: Error) => call.destroy(error));
};

const batchAppend = (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void => {
  call.on('data', (message: BatchAppendReq) => {
    if (!message.getIsFinal()) return;
    const position = new shared.AllStreamPosition().setCommitPosition('1').setPreparePosition('1');
    const answer = new streams.BatchAppendResp().setSuccess(
      new streams.BatchAppendResp.Success().setCurrentRevision('0').setPosition(position),
    );
    answer.setCorrelationId(message.getCorrelationId()).setStreamIdentifier(message.getOptions()?.getStreamIdentifier());
    call.write(answer);
  });
  call.on('end', () => call.end());
};

const READ: MethodDefinition<ReadReq, Buffer> = {
  ...streamServices.StreamsService.read,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};

await runProgram([], async () => {
  const server = new Server();
  server.addService(featureServices.ServerFeaturesService, { getSupportedMethods: supportedMethodsHandler });
  server.addService({ read: READ, batchAppend: streamServices.StreamsService.batchAppend }, { read, batchAppend });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return { url: `esdb://127.0.0.1:${port}?tls=false`, close: () => Promise.resolve(server.forceShutdown()) };
});
