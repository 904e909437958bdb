/** The addresses and ports that an administrator writes for new allocations, within the panel's bounds. */
import { isIPv4 } from 'node:net';
import { display } from './errors.js';

const PORTS_MAX = 1000;
const PORT_FLOOR = 1024;
const PORT_CEILING = 65_535;
const WIDEST_BLOCK = 25;
const BITS = 32;

/** `192.0.2.1`, or a block of /25 to /32. @throws PanelError */
export function addressesIn(text: string): string[] {
  const [address = '', size] = text.split('/');
  if (!isIPv4(address)) throw display('The IP address could not be understood.');
  const bits = size === undefined ? BITS : Number(size);
  if (!(bits >= WIDEST_BLOCK && bits <= BITS))
    throw display('CIDR notation only allows masks between /25 and /32.', 'CidrOutOfRangeException');
  const count = 2 ** (BITS - bits);
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = number - (number % count);
  return Array.from({ length: count }, (_none, index) => asAddress(first + index));
}

const asAddress = (number: number): string => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

/** `25565`, or a range such as `25565-25600`. @throws PanelError */
export const portsIn = (texts: readonly string[]): number[] => [...new Set(texts.flatMap(rangeIn))];

function rangeIn(text: string): number[] {
  const parts = /^(\d{4,5})(?:-(\d{4,5}))?$/.exec(text);
  if (!parts) throw display(`The mapping provided for ${text} was invalid and could not be processed.`, 'InvalidPortMappingException');
  const [from, to] = [Number(parts[1]), Number(parts[2] ?? parts[1])];
  if (from <= PORT_FLOOR || to <= PORT_FLOOR || from > PORT_CEILING || to > PORT_CEILING)
    throw display('Ports in an allocation must be greater than 1024 and less than or equal to 65535.', 'PortOutOfRangeException');
  if (Math.abs(to - from) + 1 > PORTS_MAX)
    throw display('Adding more than 1000 ports in a single range at once is not supported.', 'TooManyPortsInRangeException');
  return Array.from({ length: Math.max(0, to - from + 1) }, (_none, index) => from + index);
}
