/** Which rows of a long list stand in the window of its scrolling box: only they are drawn. All rows are of one height. */
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** Drawn above and below, so that scrolling shows no gap. */
const SPARE_ROWS = 12;
/** However tall a screen is. */
const ROWS_MAX = 120;

interface RowsInView<E extends HTMLElement> {
  /** Goes to the scrolling box. */
  readonly box: RefObject<E | null>;
  readonly first: number;
  /** Not included. */
  readonly end: number;
  /** Scrolls so far that a row can be seen. */
  readonly show: (row: number) => void;
}

export const useRowsInView = <E extends HTMLElement = HTMLDivElement>(
  count: number,
  rowPx: number,
  spareRows = SPARE_ROWS,
): RowsInView<E> => {
  const box = useRef<E>(null);
  const [{ topPx, heightPx }, setView] = useState({ topPx: 0, heightPx: rowPx });

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const look = (): void => setView({ topPx: element.scrollTop, heightPx: element.clientHeight });
    const size = new ResizeObserver(look);
    size.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      size.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);

  const show = useCallback(
    (row: number): void => {
      const element = box.current;
      if (!element) return;
      const lowest = row * rowPx;
      const highest = (row + 2) * rowPx - element.clientHeight;
      element.scrollTo(0, Math.min(lowest, Math.max(element.scrollTop, highest)));
    },
    [rowPx],
  );

  const first = Math.max(0, Math.floor(topPx / rowPx) - spareRows);
  const end = Math.min(count, Math.ceil((topPx + heightPx) / rowPx) + spareRows, first + ROWS_MAX);
  return { box, first, end, show };
};
