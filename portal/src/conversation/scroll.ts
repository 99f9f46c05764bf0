import type { Timeline } from './timeline.ts';
import type { TimelineState } from './timeline-state.ts';

/** So near to an edge the next page is asked for. */
const nearPx = 900;
/** So near to the end one is at it. */
const endPx = 48;

/**
 * Where one looks in a conversation whose rows come and go at both ends: what is in sight stays where it is, unless one is at the
 * end, which then stays in sight. Browsers' own anchoring is off: Safari has none.
 */
export class Scroll {
  readonly #scroller: HTMLElement;
  readonly #timeline: Timeline;
  readonly #onFollow: (isFollowing: boolean) => void;
  readonly #watcher: ResizeObserver;
  #anchor: { key: string; top: number } | null = null;
  #placedAt = 0;
  #frame = 0;
  #height = 0;

  constructor(scroller: HTMLElement, timeline: Timeline, onFollow: (isFollowing: boolean) => void) {
    this.#scroller = scroller;
    this.#timeline = timeline;
    this.#onFollow = onFollow;
    // Pictures, fonts, an on-screen keyboard: sizes change without a word.
    this.#watcher = new ResizeObserver(() => this.#hold());
    this.#watcher.observe(scroller);
    if (scroller.firstElementChild !== null) this.#watcher.observe(scroller.firstElementChild);
    scroller.addEventListener('scroll', this.#scrolled, { passive: true });
    addEventListener('focus', this.#look);
    document.addEventListener('visibilitychange', this.#look);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#watcher.disconnect();
    this.#scroller.removeEventListener('scroll', this.#scrolled);
    removeEventListener('focus', this.#look);
    document.removeEventListener('visibilitychange', this.#look);
  }

  /** The rows are there anew, nothing is painted yet. */
  drawn({ place, status }: TimelineState): void {
    if (status !== 'ready') return;
    if (place !== null && place.at !== this.#placedAt) {
      this.#placedAt = place.at;
      this.#goTo(place.seq, place.flash);
    } else this.#hold();
    this.#schedule();
  }

  #goTo(seq: number | 'end', flash: boolean): void {
    const scroller = this.#scroller;
    const row = seq === 'end' ? null : scroller.querySelector<HTMLElement>(`[data-seq="${seq}"]`);
    if (row === null) scroller.scrollTop = scroller.scrollHeight;
    else {
      const room = scroller.clientHeight - row.offsetHeight;
      scroller.scrollTop = row.offsetTop - Math.max(16, Math.min(room / 3, 160));
      if (flash) this.#flash(row);
    }
    this.#follow(this.#isAtEnd() && this.#timeline.getState().isAtEnd);
    this.#remember();
  }

  /** Shows which one was meant, and puts the focus on it: keyboards and screen readers have come along. */
  #flash(row: HTMLElement): void {
    const message = row.querySelector<HTMLElement>('article');
    message?.focus({ preventScroll: true });
    delete row.dataset['found'];
    requestAnimationFrame(() => {
      row.dataset['found'] = '';
    });
    setTimeout(() => delete row.dataset['found'], 2500);
  }

  #hold(): void {
    const scroller = this.#scroller;
    if (this.#timeline.isFollowing) scroller.scrollTop = scroller.scrollHeight;
    else if (this.#anchor !== null) {
      const row = this.#rowOf(this.#anchor.key);
      if (row !== undefined) {
        const moved = row.offsetTop - scroller.scrollTop - this.#anchor.top;
        if (Math.abs(moved) > 0.5) scroller.scrollTop += moved;
      }
    }
    this.#height = scroller.clientHeight;
    this.#remember();
  }

  readonly #scrolled = (): void => {
    // A keyboard that opens moves things before one does.
    if (this.#height !== 0 && this.#height !== this.#scroller.clientHeight) return;
    this.#follow(this.#isAtEnd() && this.#timeline.getState().isAtEnd);
    this.#remember();
    this.#schedule();
  };

  readonly #look = (): void => this.#schedule();

  #schedule(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
      if (scrollTop < nearPx) void this.#timeline.loadOlder();
      if (scrollHeight - scrollTop - clientHeight < nearPx) void this.#timeline.loadNewer();
      if (document.visibilityState === 'visible') this.#read();
    });
  }

  /** Read is what was in sight to its end, or to the end of what is in sight. */
  #read(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const bottom = scrollTop + clientHeight;
    const rows = this.#rows();
    for (let index = rows.length - 1; index >= 0; index--) {
      const row = rows[index];
      const seq = Number(row?.dataset['seq'] ?? 0);
      if (row === undefined || seq === 0) continue;
      const isInSight = row.offsetTop + row.offsetHeight <= bottom + endPx || row.offsetTop < scrollTop;
      if (!isInSight || row.offsetTop >= bottom) continue;
      this.#timeline.seen(seq);
      return;
    }
  }

  #isAtEnd(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight <= endPx;
  }

  #follow(isFollowing: boolean): void {
    this.#timeline.isFollowing = isFollowing;
    this.#onFollow(isFollowing);
  }

  #remember(): void {
    const { scrollTop } = this.#scroller;
    const row = this.#rows().find(({ offsetTop, offsetHeight }) => offsetTop + offsetHeight > scrollTop);
    const key = row?.dataset['key'];
    this.#anchor = row === undefined || key === undefined ? null : { key, top: row.offsetTop - scrollTop };
  }

  #rows(): HTMLElement[] {
    return [...this.#scroller.querySelectorAll<HTMLElement>('[data-key]')];
  }

  #rowOf(key: string): HTMLElement | undefined {
    return this.#rows().find((row) => row.dataset['key'] === key);
  }
}
