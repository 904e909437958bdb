/** Stripe: webhooks in, recorded events into commands. */
import { Module } from '@nestjs/common';
import { StripeIntake } from './stripe-intake.js';
import { WebhookController } from './webhook.controller.js';

@Module({ controllers: [WebhookController], providers: [StripeIntake], exports: [StripeIntake] })
export class StripeModule {}
