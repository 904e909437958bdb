/** The settings that the game lets its owner choose, each as its egg's rules would have it. */
import { NativeSelect, Switch, TextInput } from '@mantine/core';
import type { GameView, SettingField } from '../api/queries.js';
import { catalog } from '../messages/catalog.js';
import css from './configure.module.css';
import { settingId, type Settings } from './use-settings.js';

const { configure } = catalog;

const helpOf = ({ type, help, min, max }: SettingField): string =>
  type === 'integer' || type === 'number' ? `${help} ${configure.range(min, max)}`.trim() : help;

const keyboardOf = ({ type }: SettingField): 'numeric' | 'decimal' | 'text' =>
  type === 'integer' ? 'numeric' : type === 'number' ? 'decimal' : 'text';

function SettingInput({ field, settings }: { field: SettingField; settings: Settings }) {
  const { variable, label, required, options, defaultValue } = field;
  const value = settings.values[variable] ?? '';
  const help = helpOf(field);
  const common = { id: settingId(variable), label, ...(help === '' ? {} : { description: help }) };
  const [on, off] = options;
  if (field.type === 'switch')
    return (
      <Switch
        {...common}
        error={settings.problemOf(variable)}
        checked={(value === '' ? defaultValue : value) === on}
        onChange={(event) => settings.change(variable, (event.currentTarget.checked ? on : off) ?? '')}
      />
    );
  const typed = {
    ...common,
    ...{ required, value, error: settings.problemOf(variable), onBlur: () => settings.leave(variable) },
    onChange: (event: { currentTarget: { value: string } }) => settings.change(variable, event.currentTarget.value),
  };
  if (field.type === 'choice') return <NativeSelect {...typed} data={[{ value: '', label: configure.unset(defaultValue) }, ...options]} />;
  return <TextInput {...typed} placeholder={defaultValue} inputMode={keyboardOf(field)} autoComplete="off" />;
}

export function ConfigurationFields({ game, settings }: { game: GameView; settings: Settings }) {
  return (
    <>
      <p className={css['hint']}>{configure.settingsHint}</p>
      <div className={css['fields']}>
        {game.configuration.map((field) => (
          <SettingInput key={field.variable} field={field} settings={settings} />
        ))}
      </div>
    </>
  );
}
