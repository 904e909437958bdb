/** One key for each wish: the same wish, sent again after a failure, has the same; another wish has its own. */
import { useRef } from 'react';
import { newKey } from '../../api/actions.js';

export const useKeyOf = (): ((wish: unknown) => string) => {
  const last = useRef({ text: '', key: '' });
  return (wish) => {
    const text = JSON.stringify(wish);
    if (last.current.text !== text) last.current = { text, key: newKey() };
    return last.current.key;
  };
};
