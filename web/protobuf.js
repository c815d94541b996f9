// Reader of protocol buffers, as far as SentencePiece models need it.

/**
 * Yields the fields of a message in order.
 *
 * @param {Uint8Array} bytes the message
 * @returns {Generator<[number, any]>} number and value of each field: a number, or a Uint8Array for text, bytes and messages
 * @throws {RangeError} the bytes are no message
 */
export function* fields(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let place = 0;

  function varint() {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = view.getUint8(place++);
      value += (byte % 128) * factor;
      if (byte < 128) {
        return value;
      }
    }
  }

  function skip(size) {
    const start = place;
    place += size;
    if (place > bytes.length) {
      throw new RangeError("a field is longer than its message");
    }
    return start;
  }

  while (place < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield [number, varint()];
        break;
      case 1:
        yield [number, view.getFloat64(skip(8), true)];
        break;
      case 2: {
        const size = varint();
        const start = skip(size);
        yield [number, bytes.subarray(start, place)];
        break;
      }
      case 5:
        yield [number, view.getFloat32(skip(4), true)];
        break;
      default:
        throw new RangeError(`fields of wire type ${key % 8} are not used`);
    }
  }
}
