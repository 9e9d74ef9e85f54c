import { Observable, Subscriber, type Observer, type Operator, type Subscription } from 'rxjs';

type Next<T> = ((value: T) => void) | null | undefined;

/**
 * An observable whose subscribers can't harm each other or the program: what a subscriber, or an operator between here and
 * it, throws goes to `onFault`, never to the source and never to the unhandled errors that end a process. A subscriber that
 * threw stays subscribed.
 */
export class Guarded<T> extends Observable<T> {
  constructor(
    source: Observable<T>,
    private readonly onFault: (fault: unknown) => void,
  ) {
    super();
    this.source = source as Observable<unknown>;
  }

  /** Operators are guarded as their source is. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new Guarded<R>(this as Observable<unknown> as Observable<R>, this.onFault);
    lifted.operator = operator as Operator<unknown, R> | undefined;
    return lifted;
  }

  override subscribe(observer?: Partial<Observer<T>>): Subscription;
  override subscribe(next: (value: T) => void): Subscription;
  override subscribe(
    next?: Next<T>,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription;
  override subscribe(
    first?: Partial<Observer<T>> | Next<T>,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // An operator subscribing to its source: rxjs' own, which hands errors on.
    if (first instanceof Subscriber) return super.subscribe(first);
    const observer: Partial<Observer<T>> =
      typeof first === 'function' || !first
        ? { ...(first && { next: first }), ...(error && { error }), ...(complete && { complete }) }
        : first;
    return super.subscribe({
      next: (value) => {
        this.#safely(() => observer.next?.(value));
      },
      error: (fault: unknown) => {
        this.#safely(() => {
          if (observer.error) observer.error(fault);
          else this.onFault(fault);
        });
      },
      complete: () => {
        this.#safely(() => observer.complete?.());
      },
    });
  }

  #safely(body: () => void): void {
    try {
      body();
    } catch (fault) {
      this.onFault(fault);
    }
  }
}
