/** The list by keyboard: `/` searches, j and k or the arrows go from row to row, Enter opens (a row is a link). */
import { useEffect, useRef, type RefObject } from 'react';

const STEPS: Readonly<Record<string, number>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

const isTyping = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.matches('input, textarea, select');
const isBusy = (event: KeyboardEvent): boolean =>
  event.ctrlKey || event.metaKey || event.altKey || document.querySelector('[role=dialog]') !== null;

const linkIn = (box: HTMLElement | null, row: number): HTMLElement | null =>
  box?.querySelector<HTMLElement>(`[data-row="${row}"] a`) ?? null;

interface Rows {
  readonly box: RefObject<HTMLElement | null>;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly count: number;
  readonly show: (row: number) => void;
}

/** Row elements carry `data-row`. */
export const useRowKeys = ({ box, search, count, show }: Rows): void => {
  /** A row that is not drawn yet gets the focus as soon as it is. */
  const wanted = useRef<number>(undefined);

  useEffect(() => {
    if (wanted.current === undefined) return;
    const link = linkIn(box.current, wanted.current);
    if (!link) return;
    wanted.current = undefined;
    link.focus({ preventScroll: true });
  });

  useEffect(() => {
    const go = (step: number): void => {
      const now = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row'];
      const next = Math.min(count - 1, Math.max(0, now === undefined ? 0 : Number(now) + step));
      show(next);
      const link = linkIn(box.current, next);
      if (link) link.focus({ preventScroll: true });
      else wanted.current = next;
    };
    const isAnswered = (event: KeyboardEvent): boolean => {
      const { key, target } = event;
      const step = STEPS[key];
      if (key === '/' && !isTyping(target)) search.current?.focus();
      else if (step === undefined || count === 0) return false;
      else if (key.length === 1 ? !isTyping(target) : target === search.current || box.current?.contains(target as Node)) go(step);
      else return false;
      return true;
    };
    const onKey = (event: KeyboardEvent): void => {
      if (!isBusy(event) && isAnswered(event)) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [box, search, count, show]);
};
