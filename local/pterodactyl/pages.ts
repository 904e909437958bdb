/** The pages a person may look at: all servers, and one of them. */
import type { FastifyInstance } from 'fastify';
import { eggById } from './eggs.js';
import type { Panel } from './panel.js';
import type { ServerRow } from './records.js';
import { identifierOf } from './records.js';

const escaped = (text: unknown): string =>
  String(text).replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? '&#39;');

const STYLE =
  'body{font:16px system-ui;margin:2rem;color:#1b1f24}table{border-collapse:collapse}td,th{padding:.4rem .8rem;border-bottom:1px solid #ddd;text-align:left}';

const page = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body><h1>${escaped(title)}</h1>${content}</body></html>`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${head.map((name) => `<th>${name}</th>`).join('')}</tr>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`;

const statusOf = (server: ServerRow): string => server.status ?? 'ready';

const addressesOf = (panel: Panel, server: ServerRow): string[] =>
  panel.store.allocations
    .all()
    .filter((row) => row.server_id === server.id)
    .map((row) => `${row.alias ?? row.ip}:${row.port}`);

function overview(panel: Panel): string {
  const rows = panel.store.servers.all().map((server) => {
    const link = `<a href="/server/${identifierOf(server)}">${escaped(server.name)}</a>`;
    const node = panel.store.nodes.get(server.node)?.name ?? '';
    return [link, escaped(eggById(server.egg)?.name), escaped(node), escaped(addressesOf(panel, server)[0] ?? ''), statusOf(server)];
  });
  const note = rows.length === 0 ? '<p>No server has been created yet.</p>' : table(['Server', 'Egg', 'Node', 'Address', 'Status'], rows);
  return page('Panel (local stand-in)', note);
}

function detail(panel: Panel, server: ServerRow): string {
  const facts: [string, unknown][] = [
    ['Status', statusOf(server)],
    ['Owner', panel.store.users.get(server.user)?.username],
    ['Egg', eggById(server.egg)?.name],
    ['Addresses', addressesOf(panel, server).join(', ')],
    ['Memory', `${server.limits.memory} MiB`],
    ['Disk', `${server.limits.disk} MiB`],
    ['CPU', `${server.limits.cpu} %`],
    ['External id', server.external_id ?? ''],
    ['Created', server.created_at],
  ];
  const rows = facts.map(([name, value]) => [name, escaped(value ?? '')]);
  return page(server.name, `${table(['', ''], rows)}<p><a href="/">All servers</a></p>`);
}

export function addPages(app: FastifyInstance, panel: Panel): void {
  app.get('/', async (_request, reply) => {
    await panel.settleInstalls();
    return reply.type('text/html').send(overview(panel));
  });
  app.get<{ Params: { identifier: string } }>('/server/:identifier', async (request, reply) => {
    await panel.settleInstalls();
    const { identifier } = request.params;
    const server = panel.store.servers.find((row) => identifierOf(row) === identifier || row.uuid === identifier);
    if (!server) return reply.code(404).type('text/html').send(page('Not found', '<p>There is no such server.</p>'));
    return reply.type('text/html').send(detail(panel, server));
  });
}
