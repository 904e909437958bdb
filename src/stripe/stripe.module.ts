/** Stripe: webhooks in, recorded events into commands. */
import { Module } from '@nestjs/common';
import { BookCheckoutHandler, MoneyBooks } from './money-books.js';
import { StripeIntake } from './stripe-intake.js';
import { WebhookController } from './webhook.controller.js';

@Module({ controllers: [WebhookController], providers: [MoneyBooks, BookCheckoutHandler, StripeIntake], exports: [StripeIntake] })
export class StripeModule {}
