/** People, configurations and request keys on a real PostgreSQL. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { IdentityStore } from '../../src/customers/identity/identity.store.js';
import { PanelCodeStore } from '../../src/customers/identity/mailed-code.store.js';
import { Sealing } from '../../src/customers/identity/sealing.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { IdempotencyStore, type KeyedRequest, type TakenKey } from '../../src/platform/idempotency/idempotency.store.js';
import { newId } from '../../src/platform/ids.js';
import { eventually } from '../support/eventually.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

const PASSWORD = 'correct horse battery';
let home: TestDatabase;
let database: DataSource;
let people: IdentityStore;
let keys: IdempotencyStore;

beforeAll(async () => {
  home = await createDatabase();
  database = await createDataSource({ url: home.url, entities: [] });
  people = new IdentityStore(database, new Sealing(Buffer.alloc(32, 3).toString('base64')));
  keys = new IdempotencyStore(database, 'a secret');
});
afterAll(async () => {
  await database.destroy();
  await home.drop();
});

let count = 0;
const wish = (email = `person${(count += 1)}@example.com`) => ({
  email,
  name: 'Ada Lovelace',
  password: PASSWORD,
  role: 'customer' as const,
});

describe('a code that is mailed', () => {
  const [AT, A_MINUTE_ON, SOON_OLD, OLD] = ['00:00.000', '01:00.000', '14:59.999', '15:00.000'].map((at) => `2026-11-21T10:${at}Z`) as [
    string,
    string,
    string,
    string,
  ];
  const issued = async (): Promise<{ codes: PanelCodeStore; personId: string; code: string }> => {
    const codes = new PanelCodeStore(database, new Sealing(Buffer.alloc(32, 3).toString('base64')));
    const personId = await people.createPerson(wish());
    return { codes, personId, code: (await codes.issue(personId, AT)) ?? '' };
  };

  it('is right for a quarter of an hour, for nobody else, and however it is written', async () => {
    const { codes, personId, code } = await issued();
    const other = await people.createPerson(wish());
    expect(code).toMatch(/^[A-Z2-9]{8}$/);
    expect(await codes.isRight(personId, ` ${code.toLowerCase()} `, SOON_OLD)).toBe(true);
    expect(await codes.isRight(other, code, AT)).toBe(false);
    expect(await codes.isRight(personId, code, OLD)).toBe(false);
  });

  it('may be tried five times, also at once', async () => {
    const { codes, personId, code } = await issued();
    const tries = await Promise.all(Array.from({ length: 8 }, () => codes.isRight(personId, code, AT)));
    expect(tries.filter(Boolean)).toHaveLength(5);
    expect(await codes.isRight(personId, code, AT)).toBe(false);
  });

  it('is followed by another after a minute, which alone counts then, and is forgotten', async () => {
    const { codes, personId, code } = await issued();
    expect(await codes.issue(personId, AT)).toBeUndefined();
    const next = (await codes.issue(personId, A_MINUTE_ON)) ?? '';
    expect(await codes.isRight(personId, code, A_MINUTE_ON)).toBe(false);
    expect(await codes.isRight(personId, next, A_MINUTE_ON)).toBe(true);
    const [row]: { code_hash: string }[] = await database.query('select * from identity.panel_codes where person_id = $1', [personId]);
    expect(JSON.stringify(row)).not.toContain(next);
    await codes.forget(personId);
    expect(await codes.isRight(personId, next, A_MINUTE_ON)).toBe(false);
  });
});

describe('a person', () => {
  it('is known again by id and by e-mail and password', async () => {
    const personId = await people.createPerson(wish('Ada@Example.com'));
    const person = { personId, email: 'Ada@Example.com', name: 'Ada Lovelace', role: 'customer', panelUsername: null, registered: false };
    expect(await people.personOf(personId)).toEqual(person);
    expect(await people.verifyPassword(' ada@example.COM', PASSWORD)).toEqual(person);
    await people.keepPanelUsername(personId, 'countess');
    expect(await people.personOf(personId)).toEqual({ ...person, panelUsername: 'countess' });
  });

  it('is nobody with a wrong password, an unknown e-mail or an unknown id', async () => {
    const { email } = wish();
    await people.createPerson(wish(email));
    expect(await people.verifyPassword(email, `${PASSWORD}!`)).toBeUndefined();
    expect(await people.verifyPassword('nobody@example.com', 'nobody has this password')).toBeUndefined();
    expect(await people.personOf(newId())).toBeUndefined();
  });

  it('signs up once, however often and however written at once', async () => {
    const { email } = wish();
    const tries = await Promise.allSettled([email, email.toUpperCase(), ` ${email}`].map((one) => people.createPerson(wish(one))));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of tries) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'EMAIL_TAKEN', status: 409 });
  });

  it('is taken in again in silence under the same id with the same password, and with no other', async () => {
    const first = { ...wish(), personId: newId() };
    for (let times = 0; times < 2; times += 1) expect(await people.createPerson(first)).toBe(first.personId);
    const taken = { code: 'EMAIL_TAKEN', status: 409 };
    await expect(people.createPerson({ ...first, password: `${PASSWORD}!` })).rejects.toMatchObject(taken);
    await expect(people.createPerson({ ...first, personId: newId() })).rejects.toMatchObject(taken);
  });

  it('leaves nothing readable in the database', async () => {
    const { email } = wish();
    const personId = await people.createPerson(wish(email));
    const configurationId = newId();
    await people.saveConfiguration({ configurationId, customerId: personId, values: { MOTD: 'my-secret-server' } });
    await people.mergeSecrets(configurationId, { RCON: 'my-secret-token' });
    const rows: unknown[] = [
      ...(await database.query<unknown[]>('select * from identity.people where person_id = $1', [personId])),
      ...(await database.query<unknown[]>('select * from identity.configurations where person_id = $1', [personId])),
    ];
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toMatch(/example\.com|Lovelace|correct horse|my-secret|MOTD|RCON/i);
    expect(JSON.stringify(rows)).toContain('$argon2id$');
  });

  it('stays on the list of the unregistered until the sign-up is in the log; operators never are on it', async () => {
    const personId = await people.createPerson(wish());
    const operatorId = await people.createPerson({ ...wish(), role: 'operator' });
    expect(await people.unregistered(100)).toEqual(expect.arrayContaining([personId]));
    expect(await people.unregistered(100)).not.toContain(operatorId);
    expect(await people.unregistered(1)).toHaveLength(1);
    await people.markRegistered(personId);
    expect(await people.unregistered(100)).not.toContain(personId);
    expect(await people.personOf(personId)).toMatchObject({ registered: true });
  });
});

const waitingForLocks = async (): Promise<number> => {
  const [row]: { waiting: number }[] = await database.query(
    `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return row?.waiting ?? 0;
};

describe('a configuration', () => {
  it('keeps the first choice under an id', async () => {
    const customerId = await people.createPerson(wish());
    const configurationId = newId();
    expect(await people.configuration(configurationId)).toBeUndefined();
    await people.saveConfiguration({ configurationId, customerId, values: { MOTD: 'first' } });
    await people.saveConfiguration({ configurationId, customerId, values: { MOTD: 'second' } });
    expect(await people.configuration(configurationId)).toEqual({ MOTD: 'first' });
  });

  it('is told by a fingerprint that nobody can make without the key', async () => {
    const customerId = await people.createPerson(wish());
    const save = (values: Readonly<Record<string, string>>) => people.saveConfiguration({ configurationId: newId(), customerId, values });
    const [first, same, other] = [await save({ PASSWORD: '1234' }), await save({ PASSWORD: '1234' }), await save({ PASSWORD: '1235' })];
    expect([same === first, other === first]).toStrictEqual([true, false]);
    const guessed = createHash('sha256')
      .update(JSON.stringify({ PASSWORD: '1234' }))
      .digest('hex');
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(first).not.toBe(guessed);
  });

  it('gives everybody the same secrets, even when many make them at once', async () => {
    const customerId = await people.createPerson(wish());
    const configurationId = newId();
    await people.saveConfiguration({ configurationId, customerId, values: {} });
    const values = ['a', 'b', 'c', 'd', 'e'];
    const holder = database.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select 1 from identity.configurations where configuration_id = $1 for update', [configurationId]);
    const merging = Promise.all(values.map((value) => people.mergeSecrets(configurationId, { RCON: value })));
    await eventually(async () => (await waitingForLocks()) === values.length, { what: 'everybody waiting' });
    await holder.commitTransaction();
    await holder.release();
    const answers = await merging;
    expect(new Set(answers.map(({ RCON }) => RCON)).size).toBe(1);
    const more = await people.mergeSecrets(configurationId, { RCON: 'other', TOKEN: 'new' });
    expect(more).toEqual({ RCON: answers[0]?.['RCON'], TOKEN: 'new' });
  });
});

describe('a request key', () => {
  const request = (over: Partial<KeyedRequest> = {}): KeyedRequest => ({
    ...{ scope: 'customer-1', route: 'POST /orders', key: newId(), bodyHash: 'hash' },
    ...over,
  });
  const inUse = { code: 'IDEMPOTENCY_KEY_IN_USE', status: 409 };
  const expire = (key: string) =>
    database.query(`update identity.idempotency_keys set running_until = now() - interval '1 ms' where key = $1`, [key]);

  it('gives a repeat the id of the first time', async () => {
    const first = await keys.take(request());
    expect(first.repeated).toBe(false);
    keys.finish(first);
    expect(await keys.take(first)).toMatchObject({ requestId: first.requestId, repeated: true });
  });

  it('is given back without anybody waiting for it but the repeat', async () => {
    const first = await keys.take(request());
    const holder = database.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select 1 from identity.idempotency_keys where key = $1 for update', [first.key]);
    keys.finish(first);
    let isRepeated = false;
    const repeat = keys.take(first).finally(() => (isRepeated = true));
    await eventually(async () => {
      const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'update identity.idempotency_keys%'`;
      return (await database.query<unknown[]>(waiting)).length === 1;
    });
    expect(isRepeated).toBe(false);
    await holder.rollbackTransaction();
    await holder.release();
    expect(await repeat).toMatchObject({ requestId: first.requestId, repeated: true });
  });

  it('that cannot be given back is free by itself, and the log says so', async () => {
    const first = await keys.take(request());
    const warnings: string[] = [];
    const quiet = { ...console, log: () => undefined, warn: (line: string) => void warnings.push(line) };
    Logger.overrideLogger(quiet);
    try {
      const gone = await createDataSource({ url: home.url, entities: [] });
      await gone.destroy();
      new IdempotencyStore(gone, 'a secret').finish(first);
      await eventually(() => warnings.length > 0);
      expect(warnings).toStrictEqual([expect.stringMatching(/^a request key is in use for 5 s more: /)]);
    } finally {
      Logger.overrideLogger(true);
    }
    await expect(keys.take(first)).rejects.toMatchObject(inUse);
    await expire(first.key);
    expect(await keys.take(first)).toMatchObject({ requestId: first.requestId, repeated: true });
  });

  it('is refused for another body, whether or not the first has ended', async () => {
    const first = await keys.take(request());
    const reused = { code: 'IDEMPOTENCY_KEY_REUSED', status: 422 };
    await expect(keys.take({ ...first, bodyHash: 'other' })).rejects.toMatchObject(reused);
    keys.finish(first);
    await expect(keys.take({ ...first, bodyHash: 'other' })).rejects.toMatchObject(reused);
  });

  it('lets one of many at a time through, first or repeated', async () => {
    const asked = request();
    for (const _round of ['first', 'repeated']) {
      const tries = await Promise.allSettled([1, 2, 3, 4].map(() => keys.take(asked)));
      const [taken, ...more] = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(more).toStrictEqual([]);
      for (const one of tries) if (one.status === 'rejected') expect(one.reason).toMatchObject(inUse);
      keys.finish(taken as TakenKey);
    }
  });

  it('can be taken up again when its request died', async () => {
    const first = await keys.take(request());
    await expire(first.key);
    expect(await keys.take(first)).toMatchObject({ requestId: first.requestId, repeated: true });
  });

  it('that was taken up again is neither given back nor forgotten by the one that had it before', async () => {
    const first = await keys.take(request());
    await expire(first.key);
    const second = await keys.take(first);
    keys.finish(first);
    await keys.forget(first);
    await expect(keys.take(first)).rejects.toMatchObject(inUse);
    keys.finish(second);
    expect(await keys.take(first)).toMatchObject({ requestId: first.requestId });
  });

  it('that is forgotten may be used for another body', async () => {
    const first = await keys.take(request());
    await keys.forget(first);
    const other = await keys.take({ ...first, bodyHash: 'other' });
    expect(other.repeated).toBe(false);
    expect(other.requestId).not.toBe(first.requestId);
  });

  it('belongs to one person and one route', async () => {
    const first = await keys.take(request());
    expect(await keys.take({ ...first, scope: 'customer-2' })).toMatchObject({ repeated: false });
    expect(await keys.take({ ...first, route: 'POST /other' })).toMatchObject({ repeated: false });
  });

  it('is kept for 30 days and removed after them', async () => {
    const [kept, old] = [await keys.take(request()), await keys.take(request())];
    const age = (key: string, days: string) =>
      database.query('update identity.idempotency_keys set created_at = now() - $2::interval where key = $1', [key, days]);
    await age(kept.key, '29 days 23 hours');
    await age(old.key, '30 days 1 hour');
    expect(await keys.removeOld()).toBeUndefined();
    const left: { key: string }[] = await database.query('select key from identity.idempotency_keys where key in ($1, $2)', [
      kept.key,
      old.key,
    ]);
    expect(left).toStrictEqual([{ key: kept.key }]);
  });

  it('is removed a bounded number at a time', async () => {
    await database.query(
      `insert into identity.idempotency_keys (actor_id, route, key, body_hash, ids, running_until, created_at)
       select 'old', 'POST /orders', n::text, '', '{}', now(), now() - interval '31 days' from generate_series(1, 1500) n`,
    );
    expect(await keys.removeOld()).toBe('soon');
    expect(await keys.removeOld()).toBeUndefined();
    expect(await database.query(`select 1 from identity.idempotency_keys where actor_id = 'old'`)).toStrictEqual([]);
  });

  it('keeps a digest of the body that tells nothing without the secret', () => {
    const asked = { password: PASSWORD };
    expect(keys.digest(asked)).toBe(keys.digest({ ...asked }));
    expect(keys.digest(asked)).not.toBe(keys.digest({ password: `${PASSWORD}!` }));
    expect(keys.digest(asked)).not.toBe(new IdempotencyStore(database, 'another secret').digest(asked));
  });
});
