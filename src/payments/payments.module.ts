/** Money: recorded as Stripe tells it. */
import { Module } from '@nestjs/common';
import { paymentHandlers } from './payment.handlers.js';

@Module({ providers: paymentHandlers })
export class PaymentsModule {}
