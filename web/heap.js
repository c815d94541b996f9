// A priority queue.

/**
 * Returns the first of its items in order.
 *
 * @template T
 */
export class Heap {
  /** @type {T[]} */
  #items = [];
  #precedes;

  /** @param {(left: T, right: T) => boolean} precedes whether one item comes before another */
  constructor(precedes) {
    this.#precedes = precedes;
  }

  /** @param {T} item */
  push(item) {
    const items = this.#items;
    let place = items.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#precedes(item, items[parent])) {
        break;
      }
      items[place] = items[parent];
      place = parent;
    }
    items[place] = item;
  }

  /** Removes the first item and returns it; undefined if there is none. */
  pop() {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (!items.length) {
      return first;
    }
    let place = 0;
    for (let child = 1; child < items.length; child = 2 * place + 1) {
      if (child + 1 < items.length && this.#precedes(items[child + 1], items[child])) {
        child += 1;
      }
      if (!this.#precedes(items[child], last)) {
        break;
      }
      items[place] = items[child];
      place = child;
    }
    items[place] = last;
    return first;
  }
}
