/** Operations at a glance: what waits for a human first, then how it goes. */
import { ops } from '../../messages/ops.js';
import { Page } from '../../parts/page.js';
import { Attention } from './attention.js';
import { Failures, Nodes, Projections, Recurring } from './now.js';
import css from './overview.module.css';
import { Tiles } from './tiles.js';
import { Trends } from './trends.js';

export default function OverviewPage() {
  return (
    <Page title={ops.overview.title} lead={ops.overview.lead}>
      <Attention />
      <Tiles />
      <div className={css['grid']}>
        <Trends />
        <Nodes />
        <Projections />
        <Recurring />
        <Failures />
      </div>
    </Page>
  );
}
