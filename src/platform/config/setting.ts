/** How a setting is declared: what it means, its default, whether it is secret and whether production may carry it. */

export interface SettingOptions {
  /** Heading it stands under in `.env.example`. */
  readonly group: Group;
  /** One line for `.env.example`. */
  readonly doc: string;
  /** Ends the sentence "expected …"; a wrong value is answered with it. */
  readonly expects: string;
  /** How the text becomes a value; `text` when absent. */
  readonly kind?: Kind;
  /** As it would be written in the environment. Absent: required, or optional where `optional` says so. */
  readonly default?: string;
  /** Default under NODE_ENV=production, where it differs. */
  readonly productionDefault?: string;
  readonly optional?: true;
  /** Needed in production although optional or defaulted elsewhere. */
  readonly requiredInProduction?: true;
  /** Never shown in a message or a log. */
  readonly secret?: true;
  /** Refused under NODE_ENV=production, with this reason. */
  readonly refusedInProduction?: string;
  /** Older names that mean the same. */
  readonly aliases?: readonly string[];
}

export type Group = 'Process' | 'HTTP' | 'Data' | 'Stripe' | 'Service' | 'Panel' | 'People';
export type Kind = 'text' | 'integer' | 'boolean' | 'list' | 'set';
export type SettingDeclaration = SettingOptions & { readonly name: string };

const declarations = new Map<string, SettingDeclaration>();

/** Declares a property of `Settings`; the property's name is the variable's name. */
export const Setting =
  (options: SettingOptions): PropertyDecorator =>
  (_target, key) => {
    declarations.set(String(key), { ...options, name: String(key) });
  };

/** Every declared setting, in the order of the schema. */
export const declaredSettings = (): readonly SettingDeclaration[] => [...declarations.values()];

const parseBoolean = (text: string): unknown => {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  return text;
};

const parseList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** The value of a text; what cannot be read is handed on as text, for the validator to refuse. */
export const parseSetting = (kind: Kind, text: string): unknown => {
  switch (kind) {
    case 'text':
      return text;
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'boolean':
      return parseBoolean(text);
    case 'list':
      return parseList(text);
    case 'set':
      return new Set(parseList(text));
  }
};
