/** What is for sale: every game with its lowest price. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { plansQuery, type GameView, type PlanView } from '../api/queries.js';
import { catalog } from '../messages/catalog.js';
import { common } from '../messages/common.js';
import { money } from '../parts/format.js';
import { ClockIcon, DoorIcon, EyeIcon, NextIcon, ServerIcon, ShieldIcon } from '../parts/icons.js';
import { useTitle } from '../parts/page.js';
import { Empty, Loading, Pill, ProblemNote, Stale } from '../parts/status.js';
import css from './catalog.module.css';
import { GameArt } from './game-art.js';
import { cheapestPerMonth, stockOf } from './offer.js';

const EMBLEMS = [ShieldIcon, EyeIcon, DoorIcon];

function GameCard({ game, plans }: { game: GameView; plans: readonly PlanView[] }) {
  const isOnSale = plans.some(({ sellable }) => sellable);
  const stock = plans.reduce((total, plan) => total + stockOf(plan), 0);
  const price = cheapestPerMonth(plans);
  return (
    <li className={css['game']}>
      <GameArt gameId={game.id} name={game.name} />
      <div className={css['gameText']}>
        <h3>
          <Link href={`/games/${game.id}`}>{game.name}</Link>
        </h3>
        <p className={css['ready']}>
          <ClockIcon size={15} /> {catalog.readyIn(game.usualInstallMinutes)}
        </p>
        <div className={css['price']}>
          {price && <strong>{catalog.from(money(price.amountMinor, price.currency))}</strong>}
          {stock === 0 ? <Pill tone="calm">{isOnSale ? catalog.soldOut : catalog.unavailable}</Pill> : <NextIcon size={18} />}
        </div>
      </div>
    </li>
  );
}

function Games() {
  const read = useQuery(plansQuery);
  const { data, error, refetch } = read;
  if (!data) return error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={4} height={110} />;
  if (data.games.length === 0) return <Empty icon={<ServerIcon />} title={catalog.empty.title} text={catalog.empty.text} />;
  return (
    <>
      <Stale read={read} />
      <ul className={css['games']}>
        {data.games.map((game) => (
          <GameCard key={game.id} game={game} plans={data.plans.filter((plan) => plan.game === game.id)} />
        ))}
      </ul>
    </>
  );
}

export function CatalogPage() {
  useTitle(catalog.title);
  return (
    <>
      <section className={css['hero']}>
        <h1>{catalog.hero}</h1>
        <p>{catalog.lead}</p>
        <div className={css['actions']}>
          <Button component="a" href="#games" size="md">
            {catalog.games}
          </Button>
          <Button component={Link} href="/help" size="md" variant="default">
            {common.footer.faq}
          </Button>
        </div>
      </section>
      <ul className={css['promises']}>
        {catalog.promises.map(({ title, text }, index) => {
          const Emblem = EMBLEMS[index] ?? ShieldIcon;
          return (
            <li key={title}>
              <span className={css['emblem']}>
                <Emblem />
              </span>
              <div>
                <h2>{title}</h2>
                <p>{text}</p>
              </div>
            </li>
          );
        })}
      </ul>
      <h2 id="games" className={css['heading']}>
        {catalog.games}
      </h2>
      <Games />
    </>
  );
}
