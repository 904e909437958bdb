import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import persistentServices from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import { credentials, status } from '@grpc/grpc-js';
import { startEventStore } from '../../../local/eventstore/server.js';
import { freePort } from '../../support/free-port.js';
import { addressOf, collect, contract, errorOf, event, events, freshStoreOnly, newStream, Watched, workFor } from './support.js';

const store = contract();
const LEADER = gossip.MemberInfo.VNodeState.LEADER;

const withKey = (key: string): string => `${store.url}${store.url.includes('?') ? '&' : '?'}${key}`;

describe('discovery', () => {
  it('2.1, 2.2 features: anybody is told version and methods, in lower case', async () => {
    const client = new featureServices.ServerFeaturesClient(addressOf(store.url), credentials.createInsecure());
    const answer = await new Promise<SupportedMethods>((resolve, reject) => {
      client.getSupportedMethods(new shared.Empty(), (error, methods) => (error ? reject(error) : resolve(methods)));
    });
    client.close();
    expect(answer.getEventStoreServerVersion()).toMatch(/^\d+\.\d+\.\d+$/);
    const methods = answer.getMethodsList().map((method) => `${method.getServiceName()}/${method.getMethodName()}`);
    expect(methods).toContain('event_store.client.streams.streams/batchappend');
    expect(methods.every((method) => method === method.toLowerCase())).toBe(true);
    const features = (name: string) =>
      answer
        .getMethodsList()
        .find((method) => method.getMethodName() === name && method.getServiceName().endsWith('.streams'))
        ?.getFeaturesList();
    expect(features('read')).toEqual(expect.arrayContaining(['position', 'events']));
    const batchAppend = answer.getMethodsList().find((method) => method.getMethodName() === 'batchappend');
    expect(batchAppend?.getFeaturesList()).not.toContain('deadline_duration');
  });

  it.each([
    ['3.1 gossip: esdb+discover finds the node and works', (address: string) => `esdb+discover://${address}?tls=false`],
    ['3.1 gossip: several hosts in the connection string work', (address: string) => `esdb://${address},${address}?tls=false`],
    [
      '4.1 connection strings: keys that the client knows do no harm',
      (address: string) => `esdb://${address}?tls=false&keepAliveInterval=10000&nodePreference=follower&connectionName=ledger`,
    ],
  ])('%s', async (_title, urlFor) => {
    const client = EventStoreDBClient.connectionString(urlFor(addressOf(store.url)));
    const stream = newStream();
    await client.appendToStream(stream, event());
    expect(await collect(client.readStream(stream))).toHaveLength(1);
    await client.dispose();
  });

  it('2.4 an append goes over BatchAppend, one with credentials over Append', async () => {
    const client = EventStoreDBClient.connectionString(withKey('throwOnAppendFailure=false'));
    const stream = newStream();
    await client.appendToStream(stream, events(4));
    const attempt = (options: object) => client.appendToStream(stream, event(), { expectedRevision: 0n, ...options });
    // Only the unary path of this client hands on the real revision.
    const unary = await attempt({ credentials: { username: 'a', password: 'b' } });
    expect(unary).toMatchObject({ success: false, nextExpectedRevision: 3n });
    const batched = await attempt({});
    expect(batched.success).toBe(false);
    expect(batched.nextExpectedRevision).not.toBe(3n);
    await client.dispose();
  });

  it('4.2 a deadline of the connection ends neither subscriptions nor reads', async () => {
    const client = EventStoreDBClient.connectionString(withKey('defaultDeadline=100'));
    const stream = newStream();
    const watched = new Watched(client.subscribeToStream(stream));
    await watched.seen('caughtUp');
    await workFor(300, () => store.client.appendToStream(newStream(), event()));
    await store.client.appendToStream(stream, event('AfterDeadline'));
    await watched.seen('AfterDeadline');
    expect(watched.error).toBeUndefined();
    await watched.subscription.unsubscribe();
    await client.dispose();
  });

  it('4.3 a subscription that ends because its stream is gone leaves the others on the channel alone', async () => {
    const [gone, going] = [newStream(), newStream()];
    const [ending, staying] = [gone, going].map((stream) => new Watched(store.client.subscribeToStream(stream)));
    await Promise.all([ending!.seen('caughtUp'), staying!.seen('caughtUp')]);
    await store.client.tombstoneStream(gone);
    await ending!.seen('error');
    await store.client.appendToStream(going, event('StillThere'));
    await staying!.seen('StillThere');
    expect(staying!.log).toEqual(['confirmation', 'caughtUp', 'StillThere']);
    await staying!.subscription.unsubscribe();
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

  it('3.2, 3.3 gossip: one live leader, always with the same id', async () => {
    const client = new gossipServices.GossipClient(addressOf(store.url), credentials.createInsecure());
    const ask = () =>
      new Promise<ClusterInfo>((resolve, reject) => {
        client.read(new shared.Empty(), (error, answer) => (error ? reject(error) : resolve(answer)));
      });
    const [first, second] = [(await ask()).getMembersList(), (await ask()).getMembersList()];
    client.close();
    expect(first.map((member) => [member.getState(), member.getIsAlive()])).toEqual([[LEADER, true]]);
    expect(first[0]?.getInstanceId()?.getString()).toMatch(/^[0-9a-f-]{36}$/);
    expect(second[0]?.getInstanceId()?.getString()).toBe(first[0]?.getInstanceId()?.getString());
    expect(Number(first[0]?.getTimeStamp())).toBeGreaterThan(0);
  });

  it('1.12, 1.13 credentials and requires-leader are taken without complaint', async () => {
    const stream = newStream();
    const options = { credentials: { username: 'a', password: 'b' }, requiresLeader: true };
    await store.client.appendToStream(stream, event(), options);
    expect(await collect(store.client.readStream(stream, options))).toHaveLength(1);
  });
});

freshStoreOnly('a store of its own', () => {
  const methodsOf = (url: string) =>
    new Promise<string[]>((resolve, reject) => {
      const client = new featureServices.ServerFeaturesClient(addressOf(url), credentials.createInsecure());
      client.getSupportedMethods(new shared.Empty(), (error, answer) => {
        client.close();
        if (error) reject(error);
        else resolve(answer.getMethodsList().map((method) => `${method.getServiceName()}/${method.getMethodName()}`));
      });
    });

  it('2.3 features: nothing is listed that is not served, persistent subscriptions least of all', async () => {
    const own = await startEventStore();
    const streamMethods = ['append', 'batchappend', 'read', 'delete', 'tombstone'].map(
      (name) => `event_store.client.streams.streams/${name}`,
    );
    expect((await methodsOf(own.url)).sort()).toEqual(
      [
        ...streamMethods,
        'event_store.client.gossip.gossip/read',
        'event_store.client.server_features.serverfeatures/getsupportedmethods',
      ].sort(),
    );
    await own.close();
  });

  it('3.2 gossip: the address is one that clients can reach, also when the store listens on every address', async () => {
    const told = async (options: object): Promise<string | undefined> => {
      const own = await startEventStore(options);
      const port = new URL(own.url.replace('esdb:', 'http:')).port;
      const client = new gossipServices.GossipClient(`127.0.0.1:${port}`, credentials.createInsecure());
      const answer = await new Promise<ClusterInfo>((resolve, reject) => {
        client.read(new shared.Empty(), (error, info) => (error ? reject(error) : resolve(info)));
      });
      client.close();
      await own.close();
      expect(answer.getMembersList()[0]?.getHttpEndPoint()?.getPort()).toBe(Number(port));
      return answer.getMembersList()[0]?.getHttpEndPoint()?.getAddress();
    };
    expect(await told({ host: '0.0.0.0', advertise: 'store.example' })).toBe('store.example');
    expect(await told({ host: '0.0.0.0' })).toBe(hostname());
    expect(await told({})).toBe('127.0.0.1');
  });

  it('2.5 a store that is down is code 14, and the same client finds it when it is back', async () => {
    const port = await freePort();
    const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
    expect((await errorOf(client.appendToStream(newStream(), event())))['code']).toBe(14);
    const own = await startEventStore({ port });
    await client.appendToStream(newStream(), event());
    await own.close();
    expect((await errorOf(client.appendToStream(newStream(), event())))['code']).toBe(14);
    const again = await startEventStore({ port });
    await client.appendToStream(newStream(), event());
    await client.dispose();
    await again.close();
  });
});
