/** Where Stripe's page sends people back to: Stripe is asked what came of it, and they go on to the dashboard; where it is not built a page says what happens next and shows nobody's data. */
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { isUUID } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { dashboardUrl, publicUrl } from '../platform/config/derived.js';
import { Settings } from '../platform/config/settings.js';
import { Public } from '../platform/http/auth.decorators.js';
import { WebApp } from '../platform/http/web-app.js';
import { CheckoutReturns } from './checkout-returns.js';

const page = (title: string, text: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;color:#1c2430}a{color:#3257d6}</style></head>
<body><h1>${title}</h1>${text}</body></html>`;

const WELCOME = page(
  'Order ledger',
  '<p>Buy game servers through the API: <a href="/docs">its documentation</a> lists every call. <a href="/health/ready">Health</a> tells whether all parts work.</p>',
);
const PAID = page(
  'Thank you',
  '<p>Your server is being set up as soon as the payment is confirmed; most are ready 3 to 5 minutes after that, large games take longer. You can close this page, nothing is lost.</p>',
);
const LEFT = page('Not paid yet', '<p>Your order is kept and the checkout stays open for an hour. Nothing was charged.</p>');

/** How long a browser waits for Stripe's answer before it goes on; what comes later is booked all the same. */
const WAIT_MS = 3_000;

@Public()
@ApiExcludeController()
@Controller()
export class ReturnController {
  /** Null where the dashboard is served from here. */
  private readonly dashboard: string | null;

  constructor(
    private readonly returns: CheckoutReturns,
    private readonly web: WebApp,
    settings: Settings,
  ) {
    const dashboard = dashboardUrl(settings);
    this.dashboard = dashboard === publicUrl(settings) ? null : dashboard;
  }

  @Get()
  welcome(@Res() reply: FastifyReply): void {
    if (!this.web.send(reply, '/')) void reply.type('text/html; charset=utf-8').send(WELCOME);
  }

  @Get('orders/:orderId')
  async returned(@Param('orderId') orderId: string, @Query('session_id') sessionId: unknown, @Res() reply: FastifyReply): Promise<void> {
    const settled = isUUID(orderId) && typeof sessionId === 'string' ? this.returns.settle(orderId.toLowerCase(), sessionId) : undefined;
    if (this.dashboard !== null) {
      await Promise.race([settled, delay(WAIT_MS, undefined, { ref: false })]);
      const session = typeof sessionId === 'string' ? `?session_id=${encodeURIComponent(sessionId)}` : '';
      return void reply.redirect(`${this.dashboard}/orders/${encodeURIComponent(orderId)}${session}`, 303);
    }
    // Not waited for: the page shows at once, however long Stripe takes.
    if (this.web.send(reply, '/')) return;
    void reply.type('text/html; charset=utf-8').send(typeof sessionId === 'string' ? PAID : LEFT);
  }
}
