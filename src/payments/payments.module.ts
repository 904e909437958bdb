/** Money: recorded as Stripe tells it. */
import { Module } from '@nestjs/common';
import { HasPaymentFailedHandler, IsBookedHandler } from './payment.queries.js';
import { paymentHandlers } from './payment.handlers.js';

@Module({ providers: [...paymentHandlers, HasPaymentFailedHandler, IsBookedHandler] })
export class PaymentsModule {}
