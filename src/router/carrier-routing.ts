import type { Carrier } from './carrier.ts';
import type { Routing } from './routing.ts';

/**
 * A carrier that has routes and rules while the router is Active. They come after the addresses, which they may have as
 * their source, and when the event loop has time: hosts are told of the addresses first.
 */
export function withRouting(carrier: Carrier, routing: Routing): Carrier {
  let engaged = false;

  function engageWhenWanted(): void {
    if (engaged) routing.engage();
  }

  return {
    ...carrier,
    engage() {
      engaged = true;
      setImmediate(engageWhenWanted);
      carrier.engage();
    },
    uses: (interfaceName) => routing.uses(interfaceName),
    review() {
      const found = carrier.review();
      engageWhenWanted();
      return found;
    },
    reconfigure(router) {
      carrier.reconfigure(router);
      routing.replace(router.routes, router.rules);
      engageWhenWanted();
    },
    release(removedNext) {
      engaged = false;
      routing.release();
      carrier.release(removedNext);
    },
    remove() {
      engaged = false;
      routing.release();
      return carrier.remove();
    },
  };
}
