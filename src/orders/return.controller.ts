/** Where Stripe's page sends people back to while no dashboard is set: says what happens next and shows nobody's data. */
import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { isUUID } from 'class-validator';
import { Public } from '../platform/http/auth.decorators.js';
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

@Public()
@ApiExcludeController()
@Controller()
export class ReturnController {
  constructor(private readonly returns: CheckoutReturns) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  welcome(): string {
    return WELCOME;
  }

  @Get('orders/:orderId')
  @Header('content-type', 'text/html; charset=utf-8')
  returned(@Param('orderId') orderId: string, @Query('session_id') sessionId: unknown): string {
    if (typeof sessionId !== 'string') return LEFT;
    // Not waited for: the page shows at once, however long Stripe takes.
    if (isUUID(orderId)) void this.returns.settle(orderId.toLowerCase(), sessionId);
    return PAID;
  }
}
