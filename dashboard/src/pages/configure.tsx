/** One game: plans side by side, where it runs, how it is paid, its settings; then on to the payment. */
import { useQuery } from '@tanstack/react-query';
import { plansQuery, type GameView, type PlansView } from '../api/queries.js';
import { catalog } from '../messages/catalog.js';
import { ServerIcon } from '../parts/icons.js';
import { Page } from '../parts/page.js';
import { Card, Empty, Loading, ProblemNote, Stale } from '../parts/status.js';
import { useChoice } from './choice.js';
import { ConfigurationFields } from './configuration-fields.js';
import css from './configure.module.css';
import { PaymentChoice, PlanChoice, RegionChoice, TermChoice } from './offer-choices.js';
import { Summary } from './summary.js';
import { useSettings } from './use-settings.js';

const { configure } = catalog;
const BACK = { href: '/', label: configure.back };

function Configure({ offer, game }: { offer: PlansView; game: GameView }) {
  const plans = offer.plans.filter((plan) => plan.game === game.id);
  const choice = useChoice(offer, plans);
  const settings = useSettings(game);
  const { plan } = choice;
  if (!plan) return <Empty icon={<ServerIcon />} title={catalog.soldOutGame} text={catalog.empty.text} />;
  return (
    <div className={css['layout']}>
      <div className={css['choices']}>
        <Card title={configure.plan}>
          <PlanChoice plans={plans} choice={choice} />
        </Card>
        <Card title={configure.region}>
          <RegionChoice regions={offer.regions} plan={plan} choice={choice} />
        </Card>
        <Card title={configure.term}>
          <TermChoice plan={plan} choice={choice} />
        </Card>
        <Card title={configure.payment}>
          <PaymentChoice choice={choice} />
        </Card>
        {game.configuration.length > 0 && (
          <Card title={configure.settings}>
            <ConfigurationFields game={game} settings={settings} />
          </Card>
        )}
      </div>
      <Summary game={game} plan={plan} choice={choice} regions={offer.regions} settings={settings} />
    </div>
  );
}

export function ConfigurePage({ gameId }: { gameId: string }) {
  const read = useQuery(plansQuery);
  const { data, error, refetch } = read;
  const game = data?.games.find(({ id }) => id === gameId);
  if (data && !game) {
    const { title, text } = configure.gameUnknown;
    return (
      <Page title={title} back={BACK}>
        <Empty icon={<ServerIcon />} title={title} text={text} />
      </Page>
    );
  }
  if (!data || !game)
    return (
      <Page title={catalog.title} back={BACK}>
        {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <Loading rows={4} height={140} />}
      </Page>
    );
  return (
    <Page title={configure.title(game.name)} lead={configure.readyNote(game.usualInstallMinutes, game.longestInstallMinutes)} back={BACK}>
      <Stale read={read} />
      <Configure key={game.id} offer={data} game={game} />
    </Page>
  );
}
