/** What changes nothing, and therefore holds on a real panel too. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PanelClient } from '../../../src/pterodactyl/panel.client.js';
import type { TestPanel } from './support.js';
import { closePanels, failedChecks, panelUnderTest } from './support.js';

let panel: TestPanel;
beforeAll(async () => {
  panel = await panelUnderTest();
});
afterAll(closePanels);

describe('error answers', () => {
  it('refuses a key it does not know', async () => {
    const answer = await panel.call('/users', { headers: { authorization: 'Bearer ptla_nobody' } });
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({ errors: [{ code: 'AuthenticationException', status: '401', detail: 'Unauthenticated.' }] });
    expect(await new PanelClient({ url: panel.url, appKey: 'ptla_nobody' }).listNodes()).toEqual({
      ok: 'refused',
      code: 'AuthenticationException',
      status: 401,
    });
  });

  it('sends people without a JSON Accept to the login', async () => {
    const answer = await panel.call('/users', { headers: { authorization: 'Bearer ptla_nobody', accept: '*/*' } });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toMatch(/\/auth\/login$/);
  });

  it('answers unknown ids, unknown routes and wrong methods in that family of bodies', async () => {
    const [unknownId, unknownRoute, wrongMethod] = [
      await panel.call('/users/99999999'),
      await panel.call('/xyz'),
      await panel.call('/servers', { method: 'PUT', body: {} }),
    ];
    expect(unknownId.json?.errors).toEqual([
      { code: 'NotFoundHttpException', status: '404', detail: 'The requested resource could not be found on the server.' },
    ]);
    expect(unknownRoute.json?.errors?.[0]).toMatchObject({
      code: 'NotFoundHttpException',
      detail: 'The route api/application/xyz could not be found.',
    });
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.json?.errors?.[0]).toMatchObject({ code: 'MethodNotAllowedHttpException', status: '405' });
  });

  it('does not read malformed JSON', async () => {
    const answer = await panel.call('/users', { method: 'POST', text: '{' });
    expect([answer.status, answer.json?.errors?.[0]?.code]).toEqual([400, 'BadRequestHttpException']);
  });

  it('names what it does not filter or sort by', async () => {
    const filter = await panel.call('/servers?filter[node]=1');
    const sort = await panel.call('/servers?sort=name');
    expect([filter.status, filter.json?.errors?.[0]?.code]).toEqual([400, 'InvalidFilterQuery']);
    expect([sort.status, sort.json?.errors?.[0]?.code]).toEqual([400, 'InvalidSortQuery']);
  });

  it('answers an empty wish for a server with all sixteen failed checks', async () => {
    const answer = await panel.call('/servers', { method: 'POST', body: {} });
    expect(answer.status).toBe(422);
    expect(failedChecks(answer).sort()).toEqual(
      [
        ...['name', 'user', 'egg', 'docker_image', 'startup', 'limits', 'feature_limits', 'allocation.default'].map(
          (field) => `${field} required`,
        ),
        ...['memory', 'swap', 'disk', 'io', 'cpu'].map((field) => `limits.${field} required`),
        ...['environment', 'feature_limits.databases', 'feature_limits.backups'].map((field) => `${field} present`),
      ].sort(),
    );
  });

  it('reads no body that is not called JSON', async () => {
    const answer = await panel.call('/users', {
      method: 'POST',
      body: { email: 'a@example.test' },
      headers: { 'content-type': 'text/plain' },
    });
    expect(failedChecks(answer)).toContain('email required');
  });
});

describe('lists', () => {
  it('come in pages whose links forget the page size', async () => {
    const nodes = await panel.call('/nodes?per_page=1&page=1');
    const pagination = nodes.json?.meta?.pagination;
    expect(pagination).toMatchObject({ count: 1, per_page: 1, current_page: 1 });
    const links = pagination?.['links'] as { next?: string };
    if (Number(pagination?.['total']) > 1) expect(links.next).toMatch(/\/api\/application\/nodes\?page=2$/);
    else expect(links).toEqual({});
  });

  it('are read to their end by the client', async () => {
    const [nodes, locations, servers] = [
      await panel.client.listNodes(),
      await panel.client.listLocations(),
      await panel.client.listServers(),
    ];
    expect([nodes.ok, locations.ok, servers.ok]).toEqual(['done', 'done', 'done']);
    if (nodes.ok !== 'done' || nodes.value[0] === undefined) throw new Error('a panel without nodes');
    expect(nodes.value[0].memory).toBeGreaterThan(0);
    const allocations = await panel.client.listAllocations(nodes.value[0].id);
    const free = await panel.client.listAllocations(nodes.value[0].id, { free: true });
    if (allocations.ok !== 'done' || free.ok !== 'done') throw new Error('allocations not read');
    expect(free.value).toEqual(allocations.value.filter(({ assigned }) => !assigned));
  });

  it('of eggs carry the variables with their rules', async () => {
    const eggs = await panel.client.listEggs();
    if (eggs.ok !== 'done') throw new Error(`eggs not read: ${eggs.ok}`);
    const [egg] = eggs.value.filter(({ variables }) => variables.length > 0);
    if (egg === undefined) throw new Error('no egg has variables');
    expect(typeof egg.variables[0]?.rules).toBe('string');
  });
});

describe('what is not there', () => {
  it('is absent', async () => {
    expect(await panel.client.getServer(99_999_999)).toEqual({ ok: 'absent' });
    expect(await panel.client.getServerByExternalId('svc_never_made')).toEqual({ ok: 'absent' });
    expect(await panel.client.findUserByExternalId('customer_never_made')).toEqual({ ok: 'absent' });
    expect(await panel.client.deleteServer(99_999_999)).toEqual({ ok: 'absent' });
  });
});
