/** Checks that class-validator has no word for. */
import { isIP } from 'node:net';
import { ValidateBy, type ValidationOptions } from 'class-validator';

/** Options of `IsUrl` for an address that may be local. */
export const HTTP_URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

const check = (name: string, accepts: (text: string) => boolean, options?: ValidationOptions): PropertyDecorator =>
  ValidateBy({ name, validator: { validate: (value: unknown) => typeof value === 'string' && accepts(value) } }, options);

/** True for scheme, host and port alone: `https://api.example.com`. */
const isOrigin = (text: string): boolean => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text.replace(/\/$/, '');

const isNetwork = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/');
  return rest.length === 0 && isIP(address) !== 0 && (bits === undefined || /^\d{1,3}$/.test(bits));
};

const isKeyOf32Bytes = (text: string): boolean => /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === 32;

export const IsOrigin = (options?: ValidationOptions): PropertyDecorator => check('isOrigin', isOrigin, options);
export const IsKeyOf32Bytes = (): PropertyDecorator => check('isKeyOf32Bytes', isKeyOf32Bytes);
export const IsTrustedProxies = (): PropertyDecorator =>
  check('isTrustedProxies', (text) => /^\d$/.test(text) || text.split(',').every((part) => isNetwork(part.trim())));
export const HasMembers = (): PropertyDecorator =>
  ValidateBy({ name: 'hasMembers', validator: { validate: (value: unknown) => value instanceof Set && value.size > 0 } });
