/** Users: list, read, find by external id, create, change, delete. */
import { randomBytes, randomUUID, scryptSync } from 'node:crypto';
import { display, invalid, notFound } from './errors.js';
import { userKind } from './kinds.js';
import { answerItem, answerList, contains } from './listing.js';
import type { Listing } from './listing.js';
import type { UserRow } from './records.js';
import { created, idIn, noContent, ok } from './route.js';
import type { Call, Reply, Route } from './route.js';
import { checkFields } from './rules.js';
import type { Field } from './rules.js';

const listing: Listing<UserRow> = {
  kind: userKind,
  filters: {
    email: contains((user) => user.email),
    uuid: contains((user) => user.uuid),
    username: contains((user) => user.username),
    external_id: contains((user) => user.external_id),
  },
  sorts: { id: (user) => user.id, uuid: (user) => user.uuid },
};

export const sameText = (stored: string | null, asked: unknown): boolean =>
  typeof asked === 'string' && stored?.toLowerCase() === asked.toLowerCase();

function findUser({ panel, params }: Call): UserRow {
  const user = panel.store.users.get(idIn(params['user']));
  if (!user) throw notFound();
  return user;
}

function findByExternalId({ panel, params }: Call): UserRow {
  const user = panel.store.users.find((row) => sameText(row.external_id, params['external']));
  if (!user) throw notFound();
  return user;
}

/** What a user must be; `self` is the one being changed, whose own values are no duplicates. */
const fields = ({ panel }: Call, self?: UserRow): Field[] => {
  const free = (read: (user: UserRow) => string | null) => (value: unknown) =>
    panel.store.users.find((user) => user.id !== self?.id && sameText(read(user), value)) === undefined;
  return [
    { path: 'email', rules: 'required|email|between:1,191', unique: free((user) => user.email) },
    { path: 'username', rules: 'required|between:1,191|p_username', unique: free((user) => user.username) },
    { path: 'first_name', rules: 'required|string|between:1,191' },
    { path: 'last_name', rules: 'required|string|between:1,191' },
    { path: 'external_id', rules: 'nullable|string|max:191', unique: free((user) => user.external_id) },
    { path: 'password', rules: 'nullable|string' },
    { path: 'language', rules: 'string|in:en' },
    { path: 'root_admin', rules: 'boolean' },
  ];
};

type Sent = Partial<Record<'external_id' | 'password' | 'language', string | null>> &
  Record<'email' | 'username' | 'first_name' | 'last_name', string> & { root_admin?: unknown };

const valid = (call: Call, self?: UserRow): Sent => {
  const failures = checkFields(call.body, fields(call, self));
  if (failures.length > 0) throw invalid(failures);
  return call.body as unknown as Sent;
};

const named = ({ email, username, first_name, last_name }: Sent): Pick<UserRow, 'email' | 'username' | 'first_name' | 'last_name'> => ({
  email,
  username: username.toLowerCase(),
  first_name,
  last_name,
});

/** Cheap on purpose: what it keeps is a test's. */
const hashed = (password: string, salt: string): string => `${salt}:${scryptSync(password, salt, 32, { N: 1024 }).toString('hex')}`;

/** An empty password changes nothing. */
const passwordOf = ({ password }: Sent, now: string): Pick<Partial<UserRow>, 'password_set_at' | 'password_hash'> =>
  password ? { password_set_at: now, password_hash: hashed(password, randomBytes(16).toString('hex')) } : {};

/** Whether somebody could log in with it. */
export const isPasswordOf = ({ password_hash: hash }: UserRow, password: string): boolean =>
  hash !== undefined && hashed(password, hash.split(':')[0] ?? '') === hash;

async function createUser(call: Call): Promise<Reply> {
  const sent = valid(call);
  const now = call.panel.now();
  const user = await call.panel.store.users.insert((id) => ({
    id,
    external_id: sent.external_id ?? null,
    uuid: randomUUID(),
    ...named(sent),
    language: sent.language ?? 'en',
    root_admin: [true, 1, '1'].includes(sent.root_admin as string),
    '2fa': false,
    password_set_at: null,
    ...passwordOf(sent, now),
    created_at: now,
    updated_at: now,
  }));
  return created({ ...answerItem(call, userKind, user), meta: { resource: `${call.address}/${user.id}` } });
}

async function changeUser(call: Call, user: UserRow): Promise<Reply> {
  const sent = valid(call, user);
  const now = call.panel.now();
  await call.panel.store.users.update(user, {
    ...named(sent),
    ...(sent.external_id === undefined ? {} : { external_id: sent.external_id }),
    ...(sent.language === undefined || sent.language === null ? {} : { language: sent.language }),
    ...(sent.root_admin === undefined ? {} : { root_admin: [true, 1, '1'].includes(sent.root_admin as string) }),
    ...passwordOf(sent, now),
    updated_at: now,
  });
  return ok(answerItem(call, userKind, user));
}

async function deleteUser({ panel }: Call, user: UserRow): Promise<Reply> {
  if (panel.store.servers.find((server) => server.user === user.id)) {
    throw display('Cannot delete a user with active servers attached to their account. Please delete their servers before continuing.');
  }
  await panel.store.users.remove(user);
  return noContent;
}

const withUser = (work: (call: Call, user: UserRow) => Reply | Promise<Reply>, find = findUser): Route['prepare'] => {
  return (call) => {
    const user = find(call);
    return () => work(call, user);
  };
};

const show = (call: Call, user: UserRow): Reply => ok(answerItem(call, userKind, user));

export const userRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/users',
    resource: 'users',
    prepare: (call) => () => ok(answerList(call, call.panel.store.users.all(), listing)),
  },
  { method: 'POST', path: '/users', resource: 'users', prepare: (call) => () => createUser(call) },
  { method: 'GET', path: '/users/external/:external', resource: 'users', prepare: withUser(show, findByExternalId) },
  { method: 'GET', path: '/users/:user', resource: 'users', prepare: withUser(show) },
  { method: 'PATCH', path: '/users/:user', resource: 'users', prepare: withUser(changeUser) },
  { method: 'DELETE', path: '/users/:user', resource: 'users', prepare: withUser(deleteUser) },
];
