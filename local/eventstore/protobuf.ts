/** The little of protobuf's encoding that the stored form of an event needs; everything else goes through the client's generated messages. */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const SEVEN_BITS = 128;
/** Bitwise arithmetic holds up to here, division from here on. */
const BITWISE_MAX = 0x7fffffff;

/** Bytes that a field's tag, its length and a 64-bit value need at most. */
export const FIELD_OVERHEAD_MAX = 20;

export class ProtobufWriter {
  readonly buffer: Buffer;
  at: number;

  constructor(size: number, at = 0) {
    this.buffer = Buffer.allocUnsafe(size);
    this.at = at;
  }

  /** Writes an unsigned integer up to 2^53−1. */
  varint(value: number): void {
    let rest = value;
    while (rest > BITWISE_MAX) {
      this.buffer[this.at++] = (rest % SEVEN_BITS) | SEVEN_BITS;
      rest = Math.floor(rest / SEVEN_BITS);
    }
    while (rest >= SEVEN_BITS) {
      this.buffer[this.at++] = (rest & 0x7f) | SEVEN_BITS;
      rest >>>= 7;
    }
    this.buffer[this.at++] = rest;
  }

  /** Writes a 64-bit integer in two's complement. */
  varint64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 128n) {
      this.buffer[this.at++] = Number(rest & 0x7fn) | SEVEN_BITS;
      rest >>= 7n;
    }
    this.buffer[this.at++] = Number(rest);
  }

  number(field: number, value: number): void {
    this.varint((field << 3) | VARINT);
    this.varint(value);
  }

  /** Writes tag and length; the content follows through other calls. */
  open(field: number, length: number): void {
    this.varint((field << 3) | LENGTH_DELIMITED);
    this.varint(length);
  }

  bytes(field: number, value: Uint8Array): void {
    this.open(field, value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  text(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.open(field, length);
    this.at += this.buffer.write(value, this.at, length);
  }
}

export const varintSize = (value: number): number => {
  let size = 1;
  for (let rest = value; rest >= SEVEN_BITS; rest = Math.floor(rest / SEVEN_BITS)) size += 1;
  return size;
};

/** Size of a length-delimited field with a one-byte tag. */
export const fieldSize = (length: number): number => 1 + varintSize(length) + length;

/** Walks over encoded bytes; whoever uses it knows the order of the fields. */
export class ProtobufCursor {
  constructor(
    readonly buffer: Uint8Array,
    public at = 0,
  ) {}

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.buffer[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < SEVEN_BITS) return value;
      scale *= SEVEN_BITS;
    }
  }

  /** Steps over a one-byte tag and answers the length after it. */
  length(): number {
    this.at += 1;
    return this.varint();
  }
}
