/** What is wrong with one field of a request: names of the rules it breaks. */
export interface FieldProblem {
  readonly field: string;
  readonly problems: readonly string[];
}

/** A wish that was turned down by a rule. Thrown at the edge as problem+json with this code; never used for facts, which are always recorded. */
export class Refusal extends Error {
  /**
   * @param code stable, SCREAMING_SNAKE; the API's clients branch on it
   * @param errors the fields that are wrong, for whoever filled them in
   * @param status HTTP status the API answers: 409 state, 422 input, 404 not yours or not there, 503 try again
   */
  constructor(
    readonly code: string,
    readonly status: 404 | 409 | 422 | 503 = 409,
    detail?: string,
    readonly errors: readonly FieldProblem[] = [],
  ) {
    super(detail ?? code);
    this.name = 'Refusal';
  }
}

export const refuse = (code: string, status: 404 | 409 | 422 | 503 = 409, detail?: string): Refusal => new Refusal(code, status, detail);
