/** Reads the environment, the only place that does, and refuses to go on until every setting is right. */
import 'reflect-metadata';
import { validateSync } from 'class-validator';
import { problemsBetween, type Problem } from './rules.js';
import { declaredSettings, parseSetting, type SettingDeclaration } from './setting.js';
import { Settings } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every problem of the environment at once, one a line. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `The ledger cannot start: ${problems.length} ${problems.length === 1 ? 'setting is' : 'settings are'} wrong.\n${problems.join('\n')}`,
    );
    this.name = 'SettingsError';
  }
}

type Found = { readonly declaration: SettingDeclaration; readonly name: string; readonly text: string | undefined };

const textOf = (env: Environment, name: string): string | undefined => {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
};

const defaultOf = (declaration: SettingDeclaration, production: boolean): string | undefined =>
  production ? (declaration.productionDefault ?? declaration.default) : declaration.default;

/** The variable that carries a setting: its own name or one of its aliases. Two that disagree are a problem, for half the code used to read the other one. */
const find = (env: Environment, declaration: SettingDeclaration): Found | Problem => {
  const names = [declaration.name, ...(declaration.aliases ?? [])].filter((name) => textOf(env, name) !== undefined);
  const [name = declaration.name, ...others] = names;
  const other = others.find((alias) => textOf(env, alias) !== textOf(env, name));
  if (other !== undefined) return { name, text: `and ${other} mean the same but differ; remove ${other}` };
  return { declaration, name, text: textOf(env, name) };
};

const missing = ({ declaration, name, text }: Found, production: boolean): Problem | undefined => {
  if (text !== undefined) return undefined;
  if (production && declaration.requiredInProduction) return { name, text: `is needed in production; expected ${declaration.expects}` };
  if (declaration.optional || declaration.default !== undefined) return undefined;
  const aliases = (declaration.aliases ?? []).map((alias) => ` (or ${alias})`).join('');
  return { name: name + aliases, text: `is not set; expected ${declaration.expects}` };
};

/** Values that are sound somewhere else, and what to do instead. */
const MIXED_UP: Readonly<Record<string, readonly [looksLike: RegExp, text: string]>> = {
  PTERO_APP_KEY: [/^ptlc_/, 'is a client key (ptlc_), which cannot create users or servers; move it to PTERO_CLIENT_KEY and'],
  PTERO_CLIENT_KEY: [/^ptla_/, 'is an application key (ptla_), which cannot reach power and console; move it to PTERO_APP_KEY and'],
  EVENTSTORE_URL: [/^k\w+(\+discover)?:/, 'has a scheme that only newer clients read; KurrentDB answers under the older one as well:'],
};

const wrongValue = ({ declaration, name, text }: Found): Problem => {
  const [looksLike, explanation = ''] = MIXED_UP[declaration.name] ?? [];
  if (looksLike?.test(text ?? '')) return { name, text: `${explanation} set ${declaration.expects}` };
  const got = declaration.secret ? '' : `, got "${text ?? ''}"`;
  return { name, text: `is wrong; expected ${declaration.expects}${got}` };
};

const isFound = (found: Found | Problem): found is Found => 'declaration' in found;

/** A copy without the settings that failed, so that the rules between settings judge only what is sound. */
const without = (settings: Settings, names: ReadonlySet<string>): Partial<Settings> =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => !names.has(name)));

/**
 * The settings of an environment; empty variables count as not set. Throws one `SettingsError` that lists every problem by variable and never
 * shows a secret. Facts: DESIGN, "Running it"; names and aliases are declared in settings.ts.
 */
export function loadSettings(env: Environment = process.env): Settings {
  const production = textOf(env, 'NODE_ENV') === 'production';
  const results = declaredSettings().map((declaration) => find(env, declaration));
  const found = results.filter(isFound);
  const problems = results.filter((result) => !isFound(result)) as Problem[];

  const absent = found.flatMap((one) => missing(one, production) ?? []);
  const values = found.flatMap(({ declaration, text = defaultOf(declaration, production) }) =>
    text === undefined ? [] : [[declaration.name, parseSetting(declaration.kind ?? 'text', text)] as const],
  );
  const settings = Object.assign(new Settings(), Object.fromEntries(values));
  const invalid = new Set(validateSync(settings).map((error) => error.property));
  const wrong = found.filter(({ declaration, text }) => invalid.has(declaration.name) && text !== undefined).map(wrongValue);

  const all = [...problems, ...absent, ...wrong, ...problemsBetween(without(settings, invalid))];
  if (all.length > 0) throw new SettingsError(all.map(({ name, text }) => `${name} ${text}`));
  return Object.freeze(settings);
}
