import { describe, expect, it } from '@jest/globals';
import type { ReaderStatus } from './readers-health.js';
import { ReadersMetrics, type MetricsSources } from './readers-metrics.js';

const orderList: ReaderStatus = {
  name: 'order-list',
  kind: 'projection',
  version: 1,
  position: 7n,
  caughtUp: false,
  built: true,
  percent: 70,
  lagSeconds: 12.5,
  behindSeconds: 3,
  owner: 'somebody',
  epoch: 4,
  parked: 2,
  parkedSeconds: 60,
  events: 99,
  lastError: undefined,
};

/** The figures of one reader, by name without the common beginning. */
const figuresOf = (text: string, reader: string): Record<string, number> => {
  const figures = [...text.matchAll(/^ledger_(\w+)\{reader="([^"]+)"\} (\S+)$/gm)];
  return Object.fromEntries(figures.filter(([, , of]) => of === reader).map(([, name, , value]) => [String(name), Number(value)]));
};

const metricsOf = (over: Partial<MetricsSources> = {}): ReadersMetrics =>
  new ReadersMetrics({ status: () => Promise.resolve([orderList]), rebuilds: () => Promise.resolve([]), ...over });

describe('the metrics of the readers', () => {
  it('tell how each reader stands', async () => {
    const text = await metricsOf({ rebuilds: () => Promise.resolve([{ projection: 'order-list', percent: 41 }]) }).text();
    expect(figuresOf(text, 'order-list')).toEqual({
      reader_lag_seconds: 12.5,
      reader_behind_seconds: 3,
      reader_caught_up: 0,
      reader_owned: 1,
      reader_parked_events: 2,
      reader_parked_oldest_seconds: 60,
      rebuild_percent: 41,
    });
    expect(text).toMatch(/^ledger_readers_up 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it('count what was written for each of the readers that share a batch, and how often they began anew', async () => {
    const metrics = metricsOf();
    metrics.wrote(['order-list', 'payments'], { events: 30, transactionMs: 8 });
    metrics.wrote(['order-list'], { events: 500, transactionMs: 40 });
    metrics.resubscribes(['payments']);
    const text = await metrics.text();
    expect(figuresOf(text, 'order-list')).toMatchObject({
      reader_events_total: 530,
      reader_batch_events_count: 2,
      reader_transaction_seconds_sum: 0.048,
    });
    expect(figuresOf(text, 'payments')).toMatchObject({
      reader_events_total: 30,
      reader_resubscribes_total: 1,
      reader_batch_events_sum: 30,
    });
    expect(text).toContain('ledger_reader_batch_events_bucket{le="50",reader="order-list"} 1');
  });

  it('are served without the readers while log or database are away, and forget what was true before', async () => {
    let away = false;
    const metrics = metricsOf({ status: () => (away ? Promise.reject(new Error('away')) : Promise.resolve([orderList])) });
    await metrics.text();
    away = true;
    const text = await metrics.text();
    expect(figuresOf(text, 'order-list')).toEqual({});
    expect(text).toMatch(/^ledger_readers_up 0$/m);
    expect(text).toMatch(/^process_cpu_seconds_total /m);
  });
});
