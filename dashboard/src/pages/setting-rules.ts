/** What an egg asks of a setting, judged as the API judges it, so that nobody has to send a form to learn what is wrong with it. */
import type { SettingField } from '../api/queries.js';
import { catalog } from '../messages/catalog.js';

const { wrong } = catalog.configure;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INTEGER = /^[+-]?\d+$/;

const isNumber = ({ type }: SettingField): boolean => type === 'integer' || type === 'number';

const isBeyond = ({ min, max }: SettingField, size: number): boolean => (min !== null && size < min) || (max !== null && size > max);

const brokenByNumber = (field: SettingField, text: string): string | undefined => {
  if (!(field.type === 'integer' ? INTEGER : NUMBER).test(text)) return field.type === 'integer' ? 'integer' : 'numeric';
  return isBeyond(field, Number(text)) ? 'between' : undefined;
};

const brokenByText = (field: SettingField, text: string): string | undefined => {
  if (isBeyond(field, [...text].length)) return 'between';
  const { pattern } = field;
  return pattern && !new RegExp(pattern.source, pattern.flags).test(text) ? pattern.rule : undefined;
};

/** The rule that a value breaks; left empty, it stays as the game has it. */
export const brokenRule = (field: SettingField, value: string): string | undefined => {
  const text = value.trim();
  if (text === '') return field.required ? 'required' : undefined;
  if (field.options.length > 0) return field.options.includes(text) ? undefined : 'in';
  return isNumber(field) ? brokenByNumber(field, text) : brokenByText(field, text);
};

const LIMITS = new Set(['min', 'max', 'between', 'size']);

const isKnown = (rule: string): rule is keyof typeof wrong => Object.hasOwn(wrong, rule);

/** What is wrong, in words. @param rule as the egg names it, found here or by the API */
export const wordsOfRule = (field: SettingField, rule: string): string => {
  const word = LIMITS.has(rule) ? (isNumber(field) ? 'number' : 'text') : isKnown(rule) ? rule : 'other';
  return wrong[word](field.min, field.max);
};
