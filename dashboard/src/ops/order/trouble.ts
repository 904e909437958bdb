/** Which events tell of something that went wrong. */
import type { StepView } from '../../api/generated/types.gen.js';

const WRONG = /(Failed|NeedsHuman|NotAccepted|Conflicted|DriftObserved|GivenUp|Dropped)$|^(Unmatched|Dispute)/;

export const isTrouble = ({ event, problem }: StepView): boolean => problem !== null || WRONG.test(event.type);
