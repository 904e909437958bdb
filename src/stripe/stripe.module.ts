/** Stripe: webhooks in, recorded events into commands. */
import { Module } from '@nestjs/common';
import { Correlation } from './correlation.js';
import { BookCheckoutHandler, MoneyBooks } from './money-books.js';
import { BillingEnd } from './billing-end.js';
import { AskForMoneyHandler, BookStripeObjectHandler, MoneyQuestions } from './money-questions.js';
import { PreviewPlanChangeHandler } from './plan-preview.js';
import { StripeCalls } from './stripe-calls.js';
import { StripeInbox } from './stripe-inbox.js';
import { StripeIntake } from './stripe-intake.js';
import { StripeListing } from './stripe-listing.js';
import { StripeObjects } from './stripe-objects.js';
import { StripeSweep } from './stripe-sweep.js';
import { SweepMetrics } from './sweep-metrics.js';
import { SweepRecord } from './sweep-record.js';
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
    PreviewPlanChangeHandler,
    BillingEnd,
    StripeCalls,
    StripeInbox,
    StripeIntake,
    StripeListing,
    StripeSweep,
    SweepRecord,
    SweepMetrics,
  ],
  exports: [StripeCalls, StripeIntake, StripeSweep, SweepMetrics],
})
export class StripeModule {}
