/** Stripe's error answers: body and status (reference: Stripe API errors, version 2026-10-28.endive). */

export interface ErrorBody {
  readonly type: 'card_error' | 'invalid_request_error' | 'idempotency_error' | 'api_error';
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly doc_url?: string;
  readonly [more: string]: unknown;
}

export class StripeFailure extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    /** True when the call had begun to execute, so that its Idempotency-Key keeps this answer. */
    readonly executed = false,
  ) {
    super(body.message);
  }
}

interface Detail {
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
}

const withDoc = (detail: Detail): Detail & { doc_url?: string } =>
  detail.code === undefined ? detail : { ...detail, doc_url: `https://stripe.com/docs/error-codes/${detail.code.replaceAll('_', '-')}` };

export const invalidRequest = (detail: Detail, status = 400): StripeFailure =>
  new StripeFailure(status, { type: 'invalid_request_error', ...withDoc(detail) });

/** The parameters were fine, the state of the object was not: this answer stays with the Idempotency-Key. */
export const wrongState = (detail: Detail): StripeFailure =>
  new StripeFailure(400, { type: 'invalid_request_error', ...withDoc(detail) }, true);

export const unknownParameter = (param: string): StripeFailure =>
  invalidRequest({ code: 'parameter_unknown', message: `Received unknown parameter: ${param}`, param });

export const missingParameter = (param: string): StripeFailure =>
  invalidRequest({ code: 'parameter_missing', message: `Missing required param: ${param}.`, param });

const otherMode = (id: string): string =>
  id.includes('_live_') ? '; a similar object exists in live mode, but a test mode key was used to make this request.' : '';

/** `No such price: 'x'`, for an id in the address (`param` is `id`) or in a parameter. */
export const noSuch = (kind: string, id: string, param = 'id'): StripeFailure =>
  invalidRequest({ code: 'resource_missing', message: `No such ${kind}: '${id}'${otherMode(id)}`, param }, 404);

export const unknownUrl = (method: string, path: string): StripeFailure =>
  invalidRequest(
    {
      message: `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
    },
    404,
  );

export const serverError = (): StripeFailure => new StripeFailure(500, { type: 'api_error', message: 'An unknown error occurred.' }, true);

/** 402: the card said no. Told although the work stands, hence executed. */
export const cardError = (error: Record<string, unknown>): StripeFailure =>
  new StripeFailure(402, { message: 'Your card was declined.', ...error, type: 'card_error' }, true);
