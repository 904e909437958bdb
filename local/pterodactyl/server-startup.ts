/** Changing what a server runs: a full replacement that Wings is not told of; it reads it at the next start. */
import { eggById } from './eggs.js';
import { invalid, lostRace } from './errors.js';
import { serverKind } from './kinds.js';
import { answerItem } from './listing.js';
import type { ServerRow } from './records.js';
import { ok } from './route.js';
import type { Call, Reply } from './route.js';
import { checkFields } from './rules.js';
import { checkEnvironment, IMAGE } from './server-create.js';

/** An empty environment leaves the variables alone; any other must be complete again. Another egg does not install anything. */
export async function changeStartup(call: Call, server: ServerRow): Promise<Reply> {
  const { panel, body } = call;
  const failures = checkFields(body, [
    { path: 'startup', rules: 'required|string' },
    { path: 'environment', rules: 'present|array' },
    { path: 'egg', rules: 'required|integer', exists: (value) => eggById(Number(value)) !== undefined },
    { path: 'image', rules: IMAGE },
    { path: 'skip_scripts', rules: 'present|boolean' },
  ]);
  if (failures.length > 0) throw invalid(failures);
  const egg = eggById(Number(body['egg']));
  if (!egg) throw lostRace();
  const isBare = Object.keys(body['environment'] as object).length === 0;
  const environment = isBare ? server.environment : checkEnvironment(egg, body['environment']);
  const what = { egg: egg.id, nest: egg.nest, startup: body['startup'] as string, image: body['image'] as string };
  await panel.store.servers.update(server, { ...what, environment, updated_at: panel.now() });
  return ok(answerItem(call, serverKind, server));
}
