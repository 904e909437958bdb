/** Builds a new server's environment from its egg. Pure: secrets and ports come in as data. The panel applies no defaults, so every variable is sent. */
import { brokenRule } from './egg-rules.js';
import type { EggVariable } from './panel.types.js';

export { generateSecret } from './egg-rules.js';

type Values = Readonly<Record<string, string>>;

/** Later ones win over earlier ones. */
export interface EnvironmentSources {
  readonly variables: readonly EggVariable[];
  /** What the plan sets. */
  readonly plan?: Values;
  /** Which variable carries which port, for example `QUERY_PORT` → 27017. */
  readonly ports?: Readonly<Record<string, number>>;
  /** What the customer chose; only variables that the egg opens to users. */
  readonly customer?: Values;
  /** Generated secrets. */
  readonly secrets?: Values;
}

/** `unknownVariable`: the egg has none of that name; `notEditable`: it is not the customer's to choose; else the egg's rule that is broken. */
export interface EnvironmentProblem {
  readonly variable: string;
  readonly rule: string;
}

export type EnvironmentResult =
  | { readonly ok: true; readonly environment: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problems: readonly EnvironmentProblem[] };

/** The first of the egg's rules that the value breaks, by name; undefined when it may stand. */
export const checkAgainstRules = (variable: Pick<EggVariable, 'rules'>, value: string): string | undefined =>
  brokenRule(variable.rules, value);

const portTexts = (ports: Readonly<Record<string, number>>): Values =>
  Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));

/** A name that the egg does not know would be ignored by the panel without a word, so it is a problem here. */
function nameProblems({ variables, plan = {}, ports = {}, customer = {}, secrets = {} }: EnvironmentSources): EnvironmentProblem[] {
  const known = new Map(variables.map((variable) => [variable.envVariable, variable]));
  const names = new Set([plan, ports, customer, secrets].flatMap((values) => Object.keys(values)));
  const unknown = [...names].filter((name) => !known.has(name)).map((variable) => ({ variable, rule: 'unknownVariable' }));
  const closed = Object.keys(customer).filter((name) => known.get(name)?.userEditable === false);
  return [...unknown, ...closed.map((variable) => ({ variable, rule: 'notEditable' }))];
}

/** The complete environment, every value a string, or every problem at once. */
export function buildEnvironment(sources: EnvironmentSources): EnvironmentResult {
  const { variables, plan = {}, ports = {}, customer = {}, secrets = {} } = sources;
  const chosen = new Map(Object.entries({ ...plan, ...portTexts(ports), ...customer, ...secrets }));
  const values = variables.map((variable) => ({ variable, value: chosen.get(variable.envVariable) ?? variable.defaultValue }));
  const broken = values.flatMap(({ variable, value }) => {
    const rule = checkAgainstRules(variable, value);
    return rule === undefined ? [] : [{ variable: variable.envVariable, rule }];
  });
  const problems = [...nameProblems(sources), ...broken];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, environment: Object.fromEntries(values.map(({ variable, value }) => [variable.envVariable, value])) };
}
