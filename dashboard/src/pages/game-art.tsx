/** A picture for each game, without anybody's trademark: its initials on a colour that follows from its id. */
import css from './catalog.module.css';

const HUES = 360;
const LETTERS_MAX = 2;

const hueOf = (text: string): number => [...text].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % HUES, 7);

const initialsOf = (name: string): string =>
  name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .join('')
    .slice(0, LETTERS_MAX)
    .toUpperCase();

export function GameArt({ gameId, name, size = 'large' }: { gameId: string; name: string; size?: 'large' | 'small' }) {
  const hue = hueOf(gameId);
  const from = `hsl(${hue} 62% 38%)`;
  const to = `hsl(${(hue + 48) % HUES} 68% 26%)`;
  return (
    <span
      className={size === 'large' ? css['art'] : css['artSmall']}
      style={{ background: `linear-gradient(135deg, ${from}, ${to})` }}
      aria-hidden="true"
    >
      {initialsOf(name)}
    </span>
  );
}
