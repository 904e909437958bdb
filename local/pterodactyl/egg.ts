/** What an egg is to the panel, and short ways to write one down. */

export interface EggVariable {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly env_variable: string;
  readonly default_value: string;
  readonly user_viewable: boolean;
  readonly user_editable: boolean;
  readonly rules: string;
}

export interface Egg {
  readonly id: number;
  readonly uuid: string;
  readonly nest: number;
  readonly name: string;
  readonly description: string;
  readonly docker_images: Readonly<Record<string, string>>;
  readonly startup: string;
  readonly stop: string;
  /** The log text that says the game is up. */
  readonly done: string;
  readonly installImage: string;
  readonly variables: readonly EggVariable[];
}

export type VariableSpec = Omit<EggVariable, 'id'>;
export type EggSpec = Omit<Egg, 'uuid' | 'variables' | 'description' | 'installImage'> & { readonly variables: readonly VariableSpec[] };

const titled = (name: string): string =>
  name
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join(' ');

/** A variable that the customer sees and may change; its title is its name in words unless given. */
export const variable = (env: string, [value, rules]: readonly [value: string, rules: string], title = titled(env)): VariableSpec => ({
  name: title,
  description: `${title} of the server.`,
  env_variable: env,
  default_value: value,
  user_viewable: true,
  user_editable: true,
  rules,
});

/** A variable that only administrators see. */
export const hidden = (env: string, defaults: readonly [value: string, rules: string], title?: string): VariableSpec => ({
  ...variable(env, defaults, title),
  user_viewable: false,
  user_editable: false,
});

export const YOLKS = 'ghcr.io/ptero-eggs/yolks';
