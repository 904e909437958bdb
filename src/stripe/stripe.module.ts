/** Stripe: webhooks in, recorded events into commands. */
import { Module } from '@nestjs/common';
import { Correlation } from './correlation.js';
import { BookCheckoutHandler, MoneyBooks } from './money-books.js';
import { BillingEnd } from './billing-end.js';
import { AskForMoneyHandler, BookStripeObjectHandler, MoneyQuestions } from './money-questions.js';
import { StripeCalls } from './stripe-calls.js';
import { StripeIntake } from './stripe-intake.js';
import { StripeObjects } from './stripe-objects.js';
import { WebhookController } from './webhook.controller.js';

@Module({
  controllers: [WebhookController],
  providers: [
    StripeObjects,
    Correlation,
    MoneyBooks,
    BookCheckoutHandler,
    MoneyQuestions,
    AskForMoneyHandler,
    BookStripeObjectHandler,
    BillingEnd,
    StripeCalls,
    StripeIntake,
  ],
  exports: [StripeCalls, StripeIntake],
})
export class StripeModule {}
