/** What a stream's metadata says about which of its events show. */

/** `$tb` at or above this means soft-deleted: JSON.parse rounds 2^63−1 up to 2^63. */
const SOFT_DELETED_FROM = 2 ** 63 - 1;

export interface StreamMetadata {
  readonly json: Readonly<Record<string, unknown>>;
  readonly maxCount?: number;
  /** Seconds. */
  readonly maxAge?: number;
  readonly truncateBefore?: number;
  readonly softDeleted: boolean;
}

export const NO_METADATA: StreamMetadata = { json: {}, softDeleted: false };

/** The JSON that a soft delete writes; spelled out because JSON.stringify cannot write 2^63−1. */
export const SOFT_DELETE_JSON = '{"$tb":9223372036854775807}';

export const metadataStreamOf = (stream: string): string => `$$${stream}`;
export const isMetadataStream = (stream: string): boolean => stream.startsWith('$$');
export const streamOfMetadata = (metadataStream: string): string => metadataStream.slice(2);

const numberIn = (json: Record<string, unknown>, key: string, least: number): number | undefined => {
  const value = json[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least)
    throw new TypeError(`${key} is not a number from ${least} up`);
  return value;
};

const objectIn = (json: Record<string, unknown>, key: string): void => {
  const value = json[key];
  if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value)))
    throw new TypeError(`${key} is not an object`);
};

const understand = (json: Record<string, unknown>): StreamMetadata => {
  const maxCount = numberIn(json, '$maxCount', 1);
  const maxAge = numberIn(json, '$maxAge', 1);
  const truncateBefore = numberIn(json, '$tb', 0);
  numberIn(json, '$cacheControl', 1);
  objectIn(json, '$acl');
  return {
    json,
    ...(maxCount !== undefined && { maxCount }),
    ...(maxAge !== undefined && { maxAge }),
    ...(truncateBefore !== undefined && { truncateBefore }),
    softDeleted: truncateBefore !== undefined && truncateBefore >= SOFT_DELETED_FROM,
  };
};

/** Metadata that is not a JSON object, or holds a known key of the wrong type, counts as empty. */
export function parseMetadata(data: Uint8Array): StreamMetadata {
  try {
    const json: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return NO_METADATA;
    return understand(json as Record<string, unknown>);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return NO_METADATA;
    throw error;
  }
}

/** The first revision that `$tb` and `$maxCount` let through; `$maxAge` is judged event by event. */
export function firstVisible(metadata: StreamMetadata, last: number): number {
  const byCount = metadata.maxCount === undefined ? 0 : last - metadata.maxCount + 1;
  return Math.max(0, byCount, metadata.truncateBefore ?? 0);
}
