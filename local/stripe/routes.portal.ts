/** Links into the customer's portal; the page behind them is in portal.pages.ts. */
import { newId } from './ids.js';
import type { PortalSession } from './records.js';
import { find, route } from './route.js';
import type { Route } from './route.js';
import { ignored, required, text, url } from './rules.js';

const fields = { customer: required(text), return_url: url, configuration: ignored, locale: text, flow_data: ignored };

export const portalRoutes: readonly Route[] = [
  route('POST /v1/billing_portal/sessions', fields, ({ change }, input) => {
    find(change, 'customer', { id: input.customer, param: 'customer' });
    const id = newId('bps');
    return change.put<PortalSession>({
      id,
      object: 'billing_portal.session',
      configuration: 'bpc_local00000000000000001',
      created: change.now,
      customer: input.customer,
      customer_account: null,
      flow: null,
      livemode: false,
      locale: input.locale ?? null,
      on_behalf_of: null,
      return_url: input.return_url ?? null,
      url: `${change.baseUrl}/p/session/${id}`,
    });
  }),
];
