import { describe, expect, it } from '@jest/globals';
import { configurationProblems, fieldsOf } from './configuration.js';

const game = {
  configuration: [
    { variable: 'HOSTNAME', label: 'Server name', required: false },
    { variable: 'MAX_PLAYERS', label: 'Most players', required: true },
    { variable: 'SEED', label: 'Seed', required: false },
  ],
};
const settings = [
  { variable: 'HOSTNAME', rules: 'required|string|max:60', defaultValue: 'A Rust Server', description: 'Its name.' },
  { variable: 'MAX_PLAYERS', rules: 'required|integer|between:1,64', defaultValue: '40', description: '' },
  { variable: 'SEED', rules: 'required|alpha_num', defaultValue: '', description: '' },
];

describe('the settings of a game', () => {
  it('are asked for where catalog or egg cannot do without, with what stands there else', () => {
    const [hostname, players, seed] = fieldsOf(game, settings);
    expect(hostname).toStrictEqual({
      ...{ variable: 'HOSTNAME', label: 'Server name', type: 'text', required: false, min: null, max: 60, options: [], pattern: null },
      ...{ defaultValue: 'A Rust Server', help: 'Its name.' },
    });
    expect(players).toMatchObject({ type: 'integer', required: true, min: 1, max: 64, defaultValue: '40' });
    expect(seed).toMatchObject({ required: true, max: 200, pattern: { rule: 'alpha_num' } });
  });

  it('are short texts while the egg is unknown', () => {
    expect(fieldsOf(game, [])[0]).toMatchObject({ type: 'text', required: false, max: 200 });
    expect(configurationProblems(game, [], { MAX_PLAYERS: 'many' })).toStrictEqual([]);
  });

  it('are sold when the egg takes them', () => {
    expect(configurationProblems(game, settings, { MAX_PLAYERS: '64', SEED: 'abc' })).toStrictEqual([]);
  });

  it('are refused together, each with the rule that it breaks', () => {
    const chosen = { EVIL: 'x', HOSTNAME: 'n'.repeat(61), MAX_PLAYERS: '65', SEED: ' ' };
    expect(configurationProblems(game, settings, chosen)).toStrictEqual([
      { field: 'configuration.EVIL', problems: ['unknownVariable'] },
      { field: 'configuration.HOSTNAME', problems: ['max'] },
      { field: 'configuration.MAX_PLAYERS', problems: ['between'] },
      { field: 'configuration.SEED', problems: ['required'] },
    ]);
    expect(configurationProblems(game, settings, { MAX_PLAYERS: 5, SEED: 'x'.repeat(201) })).toStrictEqual([
      { field: 'configuration.MAX_PLAYERS', problems: ['string'] },
      { field: 'configuration.SEED', problems: ['max'] },
    ]);
    expect(configurationProblems(game, settings, {})).toStrictEqual([
      { field: 'configuration.MAX_PLAYERS', problems: ['required'] },
      { field: 'configuration.SEED', problems: ['required'] },
    ]);
  });
});
