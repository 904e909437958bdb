/** Where Stripe tells us things. Verified, reduced, durable, and only then answered with 200; whatever it means is worked out later. */
import {
  BadRequestException,
  Controller,
  Get,
  HttpCode,
  Inject,
  MethodNotAllowedException,
  Post,
  Req,
  type RawBodyRequest,
} from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import Stripe from 'stripe';
import { Clock } from '../platform/clock.js';
import { StoreUnavailable } from '../platform/event-store/event-store.js';
import { Public } from '../platform/http/auth.decorators.js';
import { RequestKey } from '../platform/http/request-key.js';
import { refuse } from '../platform/refusal.js';
import type { ThinEvent, VerifiedEvent } from './reduce-event.js';
import { StripeInbox, WEBHOOK_SETTINGS, type WebhookSettings } from './stripe-inbox.js';

class Received {
  @ApiProperty() readonly received!: boolean;
}

@ApiTags('webhooks')
@SkipThrottle()
@Controller(['webhooks/stripe', 'api/stripe/webhook'])
export class WebhookController {
  constructor(
    private readonly inbox: StripeInbox,
    private readonly clock: Clock,
    @Inject(WEBHOOK_SETTINGS) private readonly settings: WebhookSettings,
  ) {}

  @Public()
  @RequestKey({ exempt: true })
  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Receives a Stripe event',
    description:
      'Answers 200 only after the event is durable; the same event again is 200 and recorded once. A thin event is recorded and set aside.',
  })
  @ApiHeader({ name: 'stripe-signature', required: true })
  @ApiResponse({ status: 200, type: Received, description: 'Recorded, now or before.' })
  @ApiResponse({
    status: 400,
    description: 'WEBHOOK_SIGNATURE_INVALID, WEBHOOK_BODY_INVALID, or BAD_REQUEST for what is not JSON: nothing was recorded.',
  })
  @ApiResponse({ status: 503, description: 'STORE_UNAVAILABLE: nothing is promised, Stripe will try again.' })
  async receive(@Req() request: RawBodyRequest<FastifyRequest>): Promise<Received> {
    const event = this.verified(request);
    try {
      await this.inbox.record(event, { at: this.clock.iso() });
    } catch (error) {
      if (error instanceof StoreUnavailable)
        throw refuse('STORE_UNAVAILABLE', 503, 'The event store does not answer; please deliver again.');
      throw error;
    }
    return { received: true };
  }

  @Public()
  @Get()
  @ApiOperation({ summary: 'Says that this address takes POST only' })
  @ApiResponse({ status: 405, description: 'METHOD_NOT_ALLOWED, with where to set the address.' })
  hint(): never {
    throw new MethodNotAllowedException('This address takes Stripe webhooks by POST; set it as the endpoint URL in the Stripe dashboard.');
  }

  /** The first secret that matches counts; a stale timestamp fails with all of them. */
  private verified(request: RawBodyRequest<FastifyRequest>): VerifiedEvent | ThinEvent {
    const { rawBody } = request;
    const signature = request.headers['stripe-signature'];
    if (!rawBody) throw new BadRequestException({ code: 'WEBHOOK_BODY_INVALID', detail: 'A JSON body is required.' });
    if (typeof signature !== 'string')
      throw new BadRequestException({ code: 'WEBHOOK_SIGNATURE_INVALID', detail: 'The stripe-signature header is missing.' });
    for (const secret of this.settings.secrets) {
      const event = tryVerify(rawBody, signature, secret);
      if (event) return event;
    }
    throw new BadRequestException({
      code: 'WEBHOOK_SIGNATURE_INVALID',
      detail: 'No active secret matches the signature, or its timestamp is older than five minutes.',
    });
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** What the reduction relies on. A list or a bare word may be signed as well. */
const isSnapshot = (body: unknown): body is VerifiedEvent => {
  const { object, id, type, data } = (body ?? {}) as Partial<Record<string, unknown>>;
  const subject = (data as { object?: unknown } | null | undefined)?.object;
  return object === 'event' && isText(id) && isText(type) && typeof subject === 'object' && subject !== null;
};

/** A pointer to something that happened; the SDK refuses to take it for an event. */
const isThinEvent = (body: unknown): body is ThinEvent => {
  const { object, id, type, data } = (body ?? {}) as Partial<Record<string, unknown>>;
  return object === 'v2.core.event' && isText(id) && isText(type) && data === undefined;
};

const bodyInvalid = () => new BadRequestException({ code: 'WEBHOOK_BODY_INVALID', detail: 'The body is not a Stripe event.' });

/** Undefined when the signature does not match; throws for a body that is signed but is no event. */
const tryVerify = (rawBody: Buffer, signature: string, secret: string): VerifiedEvent | ThinEvent | undefined => {
  let event: unknown;
  try {
    event = Stripe.webhooks.constructEvent(rawBody, signature, secret);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return undefined;
    // Signatures are looked at first, so that this one was good.
    return thinIn(rawBody);
  }
  if (!isSnapshot(event)) throw bodyInvalid();
  return event;
};

const thinIn = (rawBody: Buffer): ThinEvent => {
  let body: unknown;
  try {
    body = JSON.parse(rawBody.toString('utf8'));
  } catch {
    throw bodyInvalid();
  }
  if (!isThinEvent(body)) throw bodyInvalid();
  return body;
};
