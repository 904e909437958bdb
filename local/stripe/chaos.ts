/** Trouble on the way to the endpoint, on request: "the next N deliveries of these types come like this". */
import type { Rendering } from './renderings.js';
import { invalidRequest } from './errors.js';

const DEEDS = ['drop', 'delay', 'duplicate', 'twin', 'stale', 'thin', 'foreignAccount', 'otherMode'] as const;
type Deed = (typeof DEEDS)[number];

export interface ChaosRule {
  /** An event type, `invoice.*`, or `*`. */
  readonly match: string;
  readonly do: Deed;
  /** Only events whose object has this id. */
  readonly object?: string;
  /** How many events are hit; all of them, until the rules are cleared, when absent. */
  readonly times?: number;
  /** For `delay`, in milliseconds. */
  readonly delayMs?: number;
  /** For `duplicate`: how many more; default 1. */
  readonly copies?: number;
}

/** What becomes of one event on its way. */
export interface Fate {
  readonly dropped: boolean;
  readonly delayMs: number;
  readonly copies: number;
  /** A second event object tells the same fact. */
  readonly twin: boolean;
  readonly rendering: Rendering;
}

const RULES_MAX = 100;
const isRendering = (deed: Deed): deed is Deed & Rendering =>
  deed === 'stale' || deed === 'thin' || deed === 'foreignAccount' || deed === 'otherMode';

const matches = ({ match, object }: ChaosRule, event: { type: string; data: { object: { id: string } } }): boolean => {
  if (object !== undefined && object !== event.data.object.id) return false;
  return match === '*' || match === event.type || (match.endsWith('.*') && event.type.startsWith(match.slice(0, -1)));
};

export class Chaos {
  private rules: { rule: ChaosRule; left: number }[] = [];

  /** Throws a 400 for a deed nobody knows, and when 100 rules wait already. */
  add(rule: ChaosRule): void {
    if (!DEEDS.includes(rule.do)) throw invalidRequest({ message: `Invalid do: must be one of ${DEEDS.join(', ')}`, param: 'do' });
    if (this.rules.length >= RULES_MAX) throw invalidRequest({ message: `More than ${RULES_MAX} rules are waiting.` });
    this.rules.push({ rule, left: rule.times ?? Infinity });
  }

  clear(): void {
    this.rules = [];
  }

  /** What all matching rules together do to this event; each is used up by one. */
  fateOf(event: { type: string; data: { object: { id: string } } }): Fate {
    const hit = this.rules.filter(({ rule }) => matches(rule, event));
    for (const entry of hit) entry.left -= 1;
    this.rules = this.rules.filter(({ left }) => left > 0);
    const found = (deed: Deed): ChaosRule | undefined => hit.find(({ rule }) => rule.do === deed)?.rule;
    const duplicate = found('duplicate');
    return {
      dropped: found('drop') !== undefined,
      delayMs: found('delay')?.delayMs ?? 0,
      copies: duplicate ? (duplicate.copies ?? 1) : 0,
      twin: found('twin') !== undefined,
      rendering: hit.map(({ rule }) => rule.do).find(isRendering) ?? 'asIs',
    };
  }
}
