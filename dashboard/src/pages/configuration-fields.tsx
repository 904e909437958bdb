/** The settings that the game lets its owner choose. */
import { TextInput } from '@mantine/core';
import { useState } from 'react';
import type { GameView } from '../api/queries.js';
import { catalog } from '../messages/catalog.js';
import { keepSetting, settingsOf } from './choice.js';
import css from './configure.module.css';

const { configure } = catalog;
const VALUE_MAX = 200;

export function ConfigurationFields({ game }: { game: GameView }) {
  const [values, setValues] = useState(() => settingsOf(game.id));
  const change = (variable: string, value: string): void => {
    keepSetting(game.id, variable, value);
    setValues(settingsOf(game.id));
  };
  return (
    <>
      <p className={css['hint']}>{configure.settingsHint}</p>
      <div className={css['fields']}>
        {game.configuration.map(({ variable, label, required }) => (
          <TextInput
            key={variable}
            label={label}
            {...(required ? {} : { description: configure.optional })}
            required={required}
            maxLength={VALUE_MAX}
            value={values[variable] ?? ''}
            onChange={(event) => change(variable, event.currentTarget.value)}
          />
        ))}
      </div>
    </>
  );
}
