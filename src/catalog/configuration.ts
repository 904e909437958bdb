/** What of a game its owner may choose: the fields as a form shows them, and whether what was filled in may be sold. */
import { ApiProperty } from '@nestjs/swagger';
import type { FieldProblem } from '../platform/refusal.js';
import { checkAgainstRules } from '../pterodactyl/egg-environment.js';
import { FIELD_TYPES, fieldShape, type FieldShape } from '../pterodactyl/egg-field.js';
import type { Game } from './catalog.schema.js';
import type { PlanSetting } from './plan.events.js';

export const VALUE_MAX = 200;

class PatternView {
  @ApiProperty({ description: "The egg's rule that asks for it.", example: 'alpha_dash' }) readonly rule!: string;
  @ApiProperty({ description: 'A JavaScript regular expression.' }) readonly source!: string;
  @ApiProperty() readonly flags!: string;
}

export class ConfigurationFieldView implements FieldShape {
  @ApiProperty() readonly variable!: string;
  @ApiProperty() readonly label!: string;
  @ApiProperty({ description: 'Whether it must be filled in; else the default stands.' }) readonly required!: boolean;
  @ApiProperty({ enum: FIELD_TYPES }) readonly type!: FieldShape['type'];
  @ApiProperty({ type: Number, nullable: true, description: 'Of a number its least value, of a text its fewest characters.' })
  readonly min!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Of a number its greatest value, of a text its most characters.' })
  readonly max!: number | null;
  @ApiProperty({ type: [String], description: 'What can be chosen; of a switch what is sent for on, then for off.' })
  readonly options!: readonly string[];
  @ApiProperty({ type: PatternView, nullable: true }) readonly pattern!: PatternView | null;
  @ApiProperty({ description: 'What stands there unless something is chosen; may be empty.' }) readonly defaultValue!: string;
  @ApiProperty({ description: "The panel's words on it; may be empty." }) readonly help!: string;
}

type Offered = Pick<Game, 'configuration'>;

/** Until the egg was read once, a field is a short text. */
const unread = (variable: string): PlanSetting => ({ variable, rules: 'nullable', defaultValue: '', description: '' });

export const fieldsOf = ({ configuration }: Offered, settings: readonly PlanSetting[]): ConfigurationFieldView[] =>
  configuration.map(({ variable, label, required }) => {
    const { rules, defaultValue, description } = settings.find((one) => one.variable === variable) ?? unread(variable);
    const shape = fieldShape(rules);
    return {
      ...shape,
      ...{ variable, label, defaultValue, help: description },
      max: shape.type === 'text' ? Math.min(shape.max ?? VALUE_MAX, VALUE_MAX) : shape.max,
      required: required || (shape.required && defaultValue === ''),
    };
  });

/** Every field that is wrong, by variable, with the rule that it breaks; `unknownVariable`: the game offers no such choice. */
export const configurationProblems = (
  game: Offered,
  settings: readonly PlanSetting[],
  chosen: Readonly<Record<string, unknown>>,
): FieldProblem[] => {
  const fields = fieldsOf(game, settings);
  const known = new Set(fields.map(({ variable }) => variable));
  const unknown = Object.keys(chosen).filter((name) => !known.has(name));
  const rulesOf = (variable: string): string => settings.find((one) => one.variable === variable)?.rules ?? 'nullable';
  const broken = fields.flatMap(({ variable, required }) => {
    const rule = brokenBy(chosen[variable], { rules: rulesOf(variable), required });
    return rule === undefined ? [] : [{ field: `configuration.${variable}`, problems: [rule] }];
  });
  return [...unknown.map((name) => ({ field: `configuration.${name}`, problems: ['unknownVariable'] })), ...broken];
};

const brokenBy = (value: unknown, { rules, required }: { rules: string; required: boolean }): string | undefined => {
  if (value === undefined) return required ? 'required' : undefined;
  if (typeof value !== 'string') return 'string';
  if (value.length > VALUE_MAX) return 'max';
  return required && value.trim() === '' ? 'required' : checkAgainstRules({ rules }, value);
};
