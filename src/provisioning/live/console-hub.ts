/** The consoles that somebody looks at: one connection for each server, kept a little longer than the last who looks. */
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { refuse } from '../../platform/refusal.js';
import { LivePanel } from '../../pterodactyl/live-panel.js';
import { ConsoleFeed, type ConsoleViewer } from './console-feed.js';
import type { ConsoleLine } from './console-lines.js';
import { refusalOf } from './panel-trouble.js';

const FEEDS_MAX = 200;
const VIEWERS_MAX = 20;
/** Somebody who loads the page anew finds the connection again; newer panels grant five a minute and server. */
const LINGER_MS = 10_000;

@Injectable()
export class ConsoleHub implements OnModuleDestroy {
  private readonly log = new Logger('console');
  private readonly feeds = new Map<string, ConsoleFeed>();
  private readonly lingering = new Map<ConsoleFeed, NodeJS.Timeout>();
  protected readonly lingerMs: number = LINGER_MS;

  constructor(private readonly panel: LivePanel) {}

  /** Returns how to leave. @throws Refusal: no key, or too many look already */
  watch(identifier: string, viewer: ConsoleViewer, lastId?: string): () => void {
    const feed = this.feedOf(identifier);
    if (feed.viewerCount >= VIEWERS_MAX) throw refuse('TOO_MANY_VIEWERS', 503, 'Too many look at this console already.');
    const leave = feed.join(viewer, lastId);
    return () => {
      leave();
      if (feed.viewerCount === 0) this.linger(identifier, feed);
    };
  }

  /** The last lines. @throws Refusal: no key, or the console cannot be reached */
  async recent(identifier: string): Promise<readonly ConsoleLine[]> {
    let ended: string | undefined;
    const silent: ConsoleViewer = {
      ...{ reset: nothing, line: nothing, state: nothing, stats: nothing, connection: nothing },
      end: (code) => (ended = code),
    };
    const feed = this.feedOf(identifier);
    const leave = this.watch(identifier, silent);
    try {
      const { lines, isThere } = await feed.recent();
      if (ended !== undefined) throw refuse(ended, 409, 'There is no console now.');
      if (!isThere && lines.length === 0) throw refusalOf('NODE_UNREACHABLE');
      return lines;
    } finally {
      leave();
    }
  }

  onModuleDestroy(): void {
    for (const feed of [...this.feeds.values()]) feed.close('SHUTTING_DOWN');
  }

  private feedOf(identifier: string): ConsoleFeed {
    if (!this.panel.isOpen) throw refusalOf('PANEL_CLIENT_KEY_MISSING');
    const known = this.feeds.get(identifier);
    if (known) {
      clearTimeout(this.lingering.get(known));
      this.lingering.delete(known);
      return known;
    }
    if (this.feeds.size >= FEEDS_MAX) throw refuse('TOO_MANY_CONSOLES', 503, 'Too many consoles are open; please try again later.');
    const feed = new ConsoleFeed(this.panel, identifier, () => this.forget(identifier, feed));
    this.feeds.set(identifier, feed);
    feed.run().catch((error: unknown) => {
      this.log.error('a console ended', error);
      feed.close('INTERNAL');
    });
    return feed;
  }

  private linger(identifier: string, feed: ConsoleFeed): void {
    if (this.feeds.get(identifier) !== feed) return;
    clearTimeout(this.lingering.get(feed));
    const timer = setTimeout(() => {
      if (feed.viewerCount === 0) feed.close('NOBODY_LOOKS');
    }, this.lingerMs);
    timer.unref();
    this.lingering.set(feed, timer);
  }

  private forget(identifier: string, feed: ConsoleFeed): void {
    clearTimeout(this.lingering.get(feed));
    this.lingering.delete(feed);
    if (this.feeds.get(identifier) === feed) this.feeds.delete(identifier);
  }
}

const nothing = (): void => undefined;
