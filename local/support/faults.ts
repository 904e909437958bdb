/** Faults that a test asks a stand-in for over its control plane: "the next N calls that match go wrong like this". */

export interface FaultRule {
  /** Method and path with `*` for one path segment, for example `POST /v1/checkout/sessions` or `GET /api/application/servers/*`. */
  readonly match: string;
  /** What goes wrong; each stand-in's README lists the kinds it knows. */
  readonly fault: string;
  /** Only calls whose body contains this text. */
  readonly containing?: string;
  /** How many matching calls are hit; default 1. */
  readonly times?: number;
  /** For kinds that wait, how long, in milliseconds. */
  readonly delayMs?: number;
}

const RULES_MAX = 100;

const matches = (pattern: string, call: string): boolean => {
  const wanted = pattern.split('/');
  const found = call.split('/');
  return wanted.length === found.length && wanted.every((part, index) => part === '*' || part === found[index]);
};

export class Faults {
  private rules: { rule: FaultRule; left: number }[] = [];

  /** Adds a rule; throws when 100 are already waiting, which only a runaway test does. */
  add(rule: FaultRule): void {
    if (this.rules.length >= RULES_MAX) throw new Error(`more than ${RULES_MAX} faults are waiting`);
    this.rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.rules = [];
  }

  /** The fault this call must suffer, used up by being taken; undefined when it may go well. The path is taken without its query. */
  take(method: string, path: string, body: string): FaultRule | undefined {
    const call = `${method.toUpperCase()} ${path.split('?')[0]}`;
    const hit = this.rules.find(({ rule }) => matches(rule.match, call) && body.includes(rule.containing ?? ''));
    if (!hit) return undefined;
    hit.left -= 1;
    if (hit.left <= 0) this.rules = this.rules.filter((candidate) => candidate !== hit);
    return hit.rule;
  }
}
