import { describe, expect, it } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import persistentServices from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import { credentials, status } from '@grpc/grpc-js';
import { addressOf, collect, contract, errorOf, event, newStream } from './support.js';

const store = contract();

describe('discovery', () => {
  it('2 features: anybody is told version and methods, in lower case', async () => {
    const client = new featureServices.ServerFeaturesClient(addressOf(store.url), credentials.createInsecure());
    const answer = await new Promise<SupportedMethods>((resolve, reject) => {
      client.getSupportedMethods(new shared.Empty(), (error, methods) => (error ? reject(error) : resolve(methods)));
    });
    client.close();
    expect(answer.getEventStoreServerVersion()).toMatch(/^\d+\.\d+\.\d+$/);
    const methods = answer.getMethodsList().map((method) => `${method.getServiceName()}/${method.getMethodName()}`);
    expect(methods).toContain('event_store.client.streams.streams/batchappend');
    expect(methods.every((method) => method === method.toLowerCase())).toBe(true);
    const batchAppend = answer.getMethodsList().find((method) => method.getMethodName() === 'batchappend');
    expect(batchAppend?.getFeaturesList()).not.toContain('deadline_duration');
  });

  it.each([
    ['3 gossip: esdb+discover finds the node and works', (address: string) => `esdb+discover://${address}?tls=false`],
    ['3 gossip: several hosts in the connection string work', (address: string) => `esdb://${address},${address}?tls=false`],
    [
      '4 connection strings: keys that the client knows do no harm',
      (address: string) => `esdb://${address}?tls=false&keepAliveInterval=10000&nodePreference=follower&connectionName=ledger`,
    ],
  ])('%s', async (_title, urlFor) => {
    const client = EventStoreDBClient.connectionString(urlFor(addressOf(store.url)));
    const stream = newStream();
    await client.appendToStream(stream, event());
    expect(await collect(client.readStream(stream))).toHaveLength(1);
    await client.dispose();
  });

  it('1.1 what is not served answers UNIMPLEMENTED', async () => {
    const client = new persistentServices.PersistentSubscriptionsClient(addressOf(store.url), credentials.createInsecure());
    const error = await errorOf(
      new Promise((resolve, reject) => {
        client.list(new persistent.ListReq(), (failure, answer) => (failure ? reject(failure) : resolve(answer)));
      }),
    );
    client.close();
    expect(error['code']).toBe(status.UNIMPLEMENTED);
  });

  it('1.12 credentials and requires-leader are taken without complaint', async () => {
    const stream = newStream();
    const options = { credentials: { username: 'a', password: 'b' }, requiresLeader: true };
    await store.client.appendToStream(stream, event(), options);
    expect(await collect(store.client.readStream(stream, options))).toHaveLength(1);
  });
});
