/** What a client asks before anything else: which methods there are, and which nodes. Open to everybody. */
import type { handleUnaryCall } from '@grpc/grpc-js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js';
import type { Log } from './log.js';

/** The release whose behaviour this store follows. */
const SERVER_VERSION = '24.10.0';
const TICKS_PER_MS = 10_000n;

/** Names are in lower case here, and only what is really served is listed. */
const METHODS: readonly (readonly [service: string, method: string, features: readonly string[]])[] = [
  ['event_store.client.streams.streams', 'append', []],
  ['event_store.client.streams.streams', 'batchappend', []],
  ['event_store.client.streams.streams', 'read', ['position', 'events']],
  ['event_store.client.streams.streams', 'delete', []],
  ['event_store.client.streams.streams', 'tombstone', []],
  ['event_store.client.gossip.gossip', 'read', []],
  ['event_store.client.server_features.serverfeatures', 'getsupportedmethods', []],
];

export const supportedMethodsHandler: handleUnaryCall<Empty, SupportedMethods> = (_call, respond) => {
  const answer = new features.SupportedMethods();
  answer.setEventStoreServerVersion(SERVER_VERSION);
  for (const [service, method, of] of METHODS) {
    answer.addMethods(
      new features.SupportedMethod()
        .setServiceName(service)
        .setMethodName(method)
        .setFeaturesList([...of]),
    );
  }
  respond(null, answer);
};

/**
 * A cluster of one: alive, and always the leader. The node's id is that of its log, so it is the same after a restart. `endpoint` is read at
 * each call, for the port is known only after listening.
 */
export const gossipHandler =
  (log: Log, endpoint: () => { host: string; port: number }): handleUnaryCall<Empty, ClusterInfo> =>
  (_call, respond) => {
    const { host, port } = endpoint();
    const member = new gossip.MemberInfo();
    member.setInstanceId(new shared.UUID().setString(log.identity ?? ''));
    member.setTimeStamp(String(BigInt(Date.now()) * TICKS_PER_MS));
    member.setState(gossip.MemberInfo.VNodeState.LEADER);
    member.setIsAlive(true);
    member.setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
    respond(null, new gossip.ClusterInfo().setMembersList([member]));
  };
