/** What came of a wish that was for many orders, order by order. */
import { Refusal } from '../../platform/refusal.js';

/** `refused`: nothing was done; `unknown`: perhaps it was. A comparison that found differences is done, with the code `DIFFERS`. */
export interface BulkResult {
  readonly orderId: string;
  readonly outcome: 'done' | 'refused' | 'unknown';
  readonly code: string | null;
}

/** A refusal is the order's answer, and no other order's. */
export const answerOf = async (orderId: string, work: () => Promise<Pick<BulkResult, 'outcome' | 'code'>>): Promise<BulkResult> => {
  try {
    const { outcome, code } = await work();
    return { orderId, outcome, code };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { orderId, outcome: 'refused', code: error.code };
  }
};
