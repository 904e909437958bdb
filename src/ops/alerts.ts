/** Posts what needs a human to a chat (Discord and Slack read the same body), each matter once for each severity. */
import { Injectable, Logger } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { OpenMatters, type Matter } from '../../projections/attention/attention.query.js';

const POST_TIMEOUT_MS = 5_000;
/** A claim older than this was left by somebody who died before posting. */
const CLAIM_SECONDS = 60;

@Injectable()
export class Alerts {
  private readonly log = new Logger(Alerts.name);

  constructor(
    private readonly queries: QueryBus,
    private readonly database: DataSource,
    private readonly webhookUrl: string | undefined,
    private readonly dashboardUrl: string,
  ) {}

  /** Posts every open matter that was not posted yet. Without a webhook address nothing is marked, so setting one later posts what is open then. */
  async post(): Promise<void> {
    if (!this.webhookUrl) return;
    for (const matter of await this.queries.execute(new OpenMatters())) await this.postOnce(matter, this.webhookUrl);
  }

  /** What was critical and is no more, since the same moment, is getting better: nobody is told. */
  private async postOnce(matter: Matter, url: string): Promise<void> {
    const [key, worse] = [matter.severity, 'critical'].map((severity) => `${matter.attentionKey}:${severity}:${matter.raisedAt}`);
    const claimed: unknown[] = await this.database.query(
      `insert into engine.alerts (alert_key, claimed_at)
       select $1, now() where $1 = $3 or not exists (select from engine.alerts where alert_key = $3)
       on conflict (alert_key) do update set claimed_at = now()
       where engine.alerts.posted_at is null and engine.alerts.claimed_at < now() - make_interval(secs => $2)
       returning alert_key`,
      [key, CLAIM_SECONDS, worse],
    );
    if (claimed.length === 0) return;
    const text = textOf(matter, this.dashboardUrl);
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ content: text, text }),
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
    if (!answer.ok) {
      this.log.warn(`the alert webhook answered ${answer.status}; the alert is posted again later`);
      return;
    }
    await this.database.query('update engine.alerts set posted_at = now() where alert_key = $1', [key]);
  }
}

const textOf = (matter: Matter, dashboardUrl: string): string => {
  const subject = matter.kind === 'capacity' ? `node ${matter.subjectId}` : matter.subjectId;
  const where = matter.orderId === null ? subject : `order ${matter.orderId} ${dashboardUrl}/orders/${matter.orderId}`;
  return `[${matter.severity}] ${matter.kind} ${matter.code}: ${where}`;
};
